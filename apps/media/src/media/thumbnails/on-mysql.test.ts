import { chooseMysql } from '@holdfast/database/testing/mysql'

// The tests of thumbnails that need a database.
if (chooseMysql()) await import('./thumbnails.test.ts')
