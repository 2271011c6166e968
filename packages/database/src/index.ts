export { type Migration, type MigrationState, migrate, migrationState, readMigrations } from './migrate.ts'
export {
  type Database,
  DatabaseUnavailable,
  type Sql,
  type SqlTransaction,
  type SqlValue,
  UniqueViolation,
} from './sql.ts'
