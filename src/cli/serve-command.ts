import { Command } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import { GatewayError, messageOf } from '../errors.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { StopOutcome } from '../http/graceful-stop.ts';
import { formatModelUri } from '../model/model-uri.ts';
import { createLog, type Log } from '../observability/log.ts';
import { welcome } from './welcome.ts';

/** How long the greeting waits for the first loads. */
const GREETING_PATIENCE_MS = 120_000;

/** Ctrl-C reaches the process twice under `npm start`: from the terminal, and forwarded by npm. */
const ECHO_MS = 500;

interface ServeFlags {
  readonly port?: string;
  readonly host?: string;
  readonly grpcPort?: string;
  readonly modelDir?: string;
  readonly modelName?: string;
  readonly config?: string;
}

/** `switchyard serve`: runs the gateway until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the models that the registry points to')
    .option('--http-port, --port <port>', 'port of the HTTP server')
    .option('--host <host>', 'address to listen on')
    .option('--grpc-port <port>', 'port of the gRPC services; the same as --port: both on one port')
    .option('--model-dir <directory>', 'serve the model in this directory')
    .option('--model-name <name>', 'name of the model in that directory')
    .option('--config <file>', 'YAML file with settings')
    .addHelpText('after', '\nFlags may be written with underscores, too: --model_name.')
    .action(async (flags: ServeFlags) => {
      process.exitCode = await serve(flags);
    });
}

/** @returns the exit code of a start that failed; a gateway that ran ends the process itself. */
async function serve(flags: ServeFlags): Promise<number> {
  let config: Config;
  try {
    config = loadConfig({ ...flags, serveWord: true });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const log = createLog({ level: config.logLevel, format: config.logFormat, fileDescriptor: 1 });
  const stopSignal = watchSignals(log);
  tellStart(log, config);
  let gateway: Gateway | null;
  try {
    gateway = await Promise.race([start(config, log), stopSignal.then(() => null)]);
  } catch (error) {
    log.error(
      'start-failed',
      messageOf(error),
      error instanceof GatewayError ? { code: error.code } : { err: error },
    );
    log.flush();
    return 1;
  }
  if (gateway === null) return endProcess('drained', log); // stopped during the start
  log.info('listening', `listening on ${gateway.url}`, { url: gateway.url });
  if (gateway.grpcAddress !== null)
    log.info('listening', `gRPC on ${gateway.grpcAddress}`, { address: gateway.grpcAddress });
  void greet(gateway, config, log); // only prints
  await stopSignal;
  return endProcess(await gateway.stop(), log);
}

async function start(config: Config, log: Log): Promise<Gateway> {
  if (config.processes === 1) return startGateway(config, log);
  // Only now: one process alone shall not start later because of it.
  const { startGroup } = await import('../gateway-group.ts');
  return startGroup(config, log);
}

const STOP_SENTENCES: Readonly<Record<StopOutcome, string>> = {
  drained: 'stopped; every request was answered',
  'cut-off': 'stopped; requests that still ran at the drain limit were cut off',
  stuck: 'killing the process, because a native run does not end',
};

function endProcess(outcome: StopOutcome, log: Log): never {
  log.info('stopped', STOP_SENTENCES[outcome]);
  log.flush();
  // Leaving in an orderly way would wait for the native run, and then abort.
  if (outcome === 'stuck') process.kill(process.pid, 'SIGKILL');
  process.exit(outcome === 'drained' ? 0 : 1);
}

function tellStart(log: Log, config: Config): void {
  const { registry, models } = config;
  const place = registry.kind === 'mlflow' ? registry.uri : registry.directory;
  log.info('starting', `following ${place} (decided by ${registry.decidedBy})`, {
    registry: place,
    decidedBy: registry.decidedBy,
    models: models.map(({ uri, route }) => (route === null ? '' : `${route}=`) + formatModelUri(uri)),
    configFile: config.configFile,
  });
  if (config.ignoredVariables.length > 0) {
    log.info('ignored-variables', 'variables that Kubernetes sets for Services are ignored', {
      names: config.ignoredVariables,
    });
  }
}

/** Resolves at the first SIGTERM or SIGINT, which may come during the start. A second one ends the process at once. */
function watchSignals(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;
    const onSignal = (signal: NodeJS.Signals) => {
      if (first === null) {
        first = { signal, at: performance.now() };
        log.info('stopping', `${signal}: not ready any more, finishing what runs`);
        resolve();
      } else if (signal !== first.signal || performance.now() - first.at > ECHO_MS) {
        log.warn('stopping', `${signal} again: exiting at once`);
        log.flush();
        process.kill(process.pid, 'SIGKILL');
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** Once the first loads are over: which models serve, and a request to try. */
async function greet(gateway: Gateway, config: Config, log: Log): Promise<void> {
  await gateway.firstPoll;
  await gateway.service.settled(AbortSignal.timeout(GREETING_PATIENCE_MS));
  for (const line of welcome(gateway)) {
    if (config.logFormat === 'pretty') process.stdout.write(`${line}\n`);
    else log.info('welcome', line);
  }
}
