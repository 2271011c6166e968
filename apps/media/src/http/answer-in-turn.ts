import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answers that a connection still owes, and those whose request is still arriving: pipelined requests are answered in their order. */
const owed = new WeakMap<Duplex, Set<ServerResponse>>()

export function noteAnswers(server: Server): void {
  server.on('request', ({ socket }, answer) => {
    const ofSocket = owed.get(socket) ?? new Set()
    owed.set(socket, ofSocket.add(answer))
    answer.once('close', () => {
      const forget = () => ofSocket.delete(answer)
      if (answer.req.complete) forget()
      else answer.req.once('close', forget)
    })
  })
}

/**
 * Answers on the bare socket when everything before is answered; the socket is closed without an answer where one to the same request
 * has begun.
 */
export function answerInTurn(socket: Duplex, answer: () => void): void {
  const answers = [...(owed.get(socket) ?? [])]
  const cut = answers.find(({ req }) => !req.complete)
  if (cut?.headersSent) {
    socket.destroy()
    return
  }
  const before = answers.findLast(({ req }) => req.complete)
  if (before === undefined) answer()
  else before.once('close', answer)
}
