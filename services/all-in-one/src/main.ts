/** Where the process begins. */
import { useFewArenas } from './use-few-arenas.ts';

// Before anything large is loaded: it may start the program over.
useFewArenas();
const { runCommand } = await import('./command.ts');
await runCommand(process.argv.slice(2));
