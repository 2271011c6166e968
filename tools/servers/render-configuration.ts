/**
 * A file of nginx's configuration as the image of nginx makes it: a variable that is there by its name is put in, nginx's own are left alone. All that
 * it reads and writes in its container lies in a folder instead.
 */
export function renderConfiguration(text: string, folder: string, variables: Readonly<Record<string, string>>): string {
  return text
    .replaceAll('/tmp/', `${folder}/`)
    .replaceAll('/etc/nginx/conf.d/', `${folder}/conf.d/`)
    .replaceAll('/dev/stdout', `${folder}/stdout.log`)
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole)
}
