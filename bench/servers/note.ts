/** What the JSON routes that are compared with one another take, keep and answer. */
export interface Note {
  readonly title: string
}

export const noteSchema = {
  body: {
    type: 'object',
    properties: { title: { type: 'string', maxLength: 200 } },
    required: ['title'],
    additionalProperties: false,
  },
} as const

export const noteTable = 'CREATE TABLE note (id CHAR(36) NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL, created_at BIGINT NOT NULL)'
export const insertNote = 'INSERT INTO note (id, title, created_at) VALUES (?, ?, ?)'
