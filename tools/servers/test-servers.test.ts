import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askMysql, askRabbitmq } from './engine.ts'
import { firstWords } from './first-words.ts'

const nodesOf = (variable: string) => process.env[variable]?.split(',')
const databases = nodesOf('HOLDFAST_TEST_MYSQL_URL')
const brokers = nodesOf('HOLDFAST_TEST_AMQP_URL')
const apis = nodesOf('HOLDFAST_TEST_RABBITMQ_API_URL')

test('each node of the database says what it is', { skip: databases === undefined && 'no HOLDFAST_TEST_MYSQL_URL' }, async () => {
  for (const address of databases ?? []) assert.match(await askMysql(address), /^(MySQL|MariaDB) \d+\.\d+\.\d+/)
})

test('each node of the broker opens a connection', { skip: brokers === undefined && 'no HOLDFAST_TEST_AMQP_URL' }, async () => {
  for (const { hostname, port } of brokers?.map((address) => new URL(address)) ?? []) {
    assert.match((await firstWords(Number(port), 'AMQP\0\0\x09\x01', hostname)) ?? '', /cluster_name/)
  }
})

test("the broker's management API lets its user in", { skip: apis === undefined && 'no HOLDFAST_TEST_RABBITMQ_API_URL' }, async () => {
  for (const address of apis ?? []) assert.match(await askRabbitmq(address), /^RabbitMQ \d+\.\d+\.\d+/)
})
