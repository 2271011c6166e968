import { chooseElasticsearch } from '../testing/test-index.ts'

// The tests of the search, with an index beside the database.
if (chooseElasticsearch()) await import('./search-files.test.ts')
