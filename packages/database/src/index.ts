export { type Migration, type MigrationState, migrate, migrationState, readMigrations } from './migrate.ts'
export { deleteAll, insertAll, type Row, readRows } from './rows.ts'
export {
  type Database,
  DatabaseUnavailable,
  type Sql,
  type SqlTransaction,
  type SqlValue,
  UniqueViolation,
} from './sql.ts'
export { listTables, type Table } from './tables.ts'
