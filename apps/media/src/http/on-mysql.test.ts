import { againOnMysql } from '@holdfast/database/testing'

await againOnMysql(import.meta)
