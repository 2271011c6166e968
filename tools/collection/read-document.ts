import { runCommand } from '../gates/run-tool.ts'

/** The OpenAPI document of the service in the working directory, as its own command line prints it. @throws with what it printed instead. */
export async function readDocument(): Promise<string> {
  const { ok, output } = await runCommand(process.execPath, ['apps/media/src/main/cli.ts', 'openapi'])
  if (!ok) throw new Error(`holdfast openapi failed: ${output}`)
  return output
}
