// What --about prints: enough for a host to build a form and to check a config.
import packageJson from '../package.json' with { type: 'json' };

const text = (description: string) => ({ type: 'string', description });

const FILE = {
  type: 'object',
  required: ['entity', 'path'],
  properties: {
    entity: text('Name of the stream'),
    path: text('Path of the file; its first line names the columns'),
    keys: { type: 'array', items: { type: 'string' }, description: 'Columns that identify a row' },
    replication_key: text('Column that grows; only rows at or after the last run are read again'),
    delimiter: text('One character; a comma, or a tab for .tsv, when left out'),
    encoding: { enum: ['utf8', 'latin1', 'utf16le'], default: 'utf8' },
  },
};

export const about = () => ({
  name: 'tap-csv',
  version: packageJson.version,
  description: 'Reads CSV and TSV files',
  capabilities: ['discover', 'catalog', 'properties', 'state', 'about'],
  settings: {
    type: 'object',
    properties: {
      files: { type: 'array', minItems: 1, items: FILE },
      folder: text('Instead of files: a folder of which every .csv and .tsv is a stream'),
      keys: { type: 'object', description: 'With folder: columns that identify a row, by stream' },
      replication_keys: { type: 'object', description: 'With folder: the column that grows, by stream' },
      start_date: { type: 'string', format: 'date-time', description: 'The first incremental run starts here' },
    },
    anyOf: [{ required: ['files'] }, { required: ['folder'] }],
  },
});
