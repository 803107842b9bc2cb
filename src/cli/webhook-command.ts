import { Command } from 'commander';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { createWebhooks } from '../gateway-adapters.ts';
import type { MlflowWebhooks } from '../registry/mlflow/mlflow-webhooks.ts';
import { createWebhook } from './webhook/create-webhook.ts';
import { deleteWebhook } from './webhook/delete-webhook.ts';
import { listWebhooks } from './webhook/list-webhooks.ts';
import { testWebhook } from './webhook/test-webhook.ts';

interface Options {
  readonly config?: string;
  readonly name?: string;
  readonly events?: string;
}

interface Call {
  readonly webhooks: MlflowWebhooks;
  readonly config: Config;
  /** The command's first argument; `''` if it takes none. */
  readonly given: string;
  readonly options: Options;
}

/** The server's client ends its waiting by itself; Ctrl-C ends the process. */
const noAbort = new AbortController().signal;

/**
 * `switchyard webhook …`: has MLflow tell a gateway of changes, by webhooks of MLflow 3.3 and later.
 *
 * @param load reads the settings, as `serve` does. @throws GatewayError INVALID_SETTING.
 * @param print writes one line of result to stdout. Mistakes go to stderr, with exit code 1.
 */
export function webhookCommand(
  load: (configFile: string | undefined) => Config,
  print: (line: string) => void,
): Command {
  const command = new Command('webhook').description(
    'have MLflow (3.3 and later) tell the gateway of changes, so that it need not wait for its next poll',
  );
  const subcommand = (usage: string, description: string) =>
    command
      .command(usage)
      .description(description)
      .option('--config <file>', 'YAML file with settings, as of "serve"');
  const run =
    (action: (call: Call) => Promise<readonly string[]>) =>
    async (...invocation: unknown[]): Promise<void> => {
      const invoked = invocation.at(-1) as Command;
      const options = invoked.opts<Options>();
      try {
        const config = load(options.config);
        const webhooks = createWebhooks(config);
        try {
          const call = { webhooks, config, given: invoked.args[0] ?? '', options };
          for (const line of await action(call)) print(line);
        } finally {
          await webhooks.close();
        }
      } catch (error) {
        command.error(`error: ${messageOf(error)}`, { exitCode: 1 });
      }
    };

  subcommand(
    'create <url>',
    'have MLflow deliver to the gateway whose public URL this is; that is also how to renew it',
  )
    .option('--name <name>', 'what MLflow calls the webhook (default: "switchyard")')
    .option('--events <list>', 'comma list of events (default: those that move pointers)')
    .addHelpText('after', '\nThe secret comes from SWITCHYARD_WEBHOOK_SECRET, the same as at the gateway.')
    .action(
      run(({ webhooks, config, given: url, options: { name, events } }) =>
        createWebhook(webhooks, { url, name, events, secret: config.webhookSecret }, noAbort),
      ),
    );
  subcommand('list', 'list the webhooks that lead to gateways').action(
    run(({ webhooks }) => listWebhooks(webhooks, noAbort)),
  );
  subcommand(
    'delete <url-or-id>',
    'delete the webhook with this id, or all to the gateway at this URL',
  ).action(run(({ webhooks, given }) => deleteWebhook(webhooks, given, noAbort)));
  subcommand('test <url-or-id>', 'have MLflow deliver an example, and tell what the gateway said').action(
    run(({ webhooks, given }) => testWebhook(webhooks, given, noAbort)),
  );
  return command;
}
