import { GatewayProcess } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

/** What a gateway says of "iris", which it cannot serve, and under which code. @param directory for it alone */
export async function refusalOf(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: string; readonly message: string }> {
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_POLL_INTERVAL_MS: '300',
      ...environment,
    },
  });
  const seen = await waitUntil('the gateway says why it does not serve', 90_000, async () => {
    if (gateway.process.hasExited) throw new Error(`the gateway ended:\n${gateway.process.logTail()}`);
    const status = await gateway.status('iris').catch(() => null);
    return status !== null && (status.lastError !== null || status.current !== null) ? status : null;
  });
  const readiness = await (await fetch(`${gateway.origin}/readyz`)).json();
  await gateway.stop();
  return {
    code: seen.lastError?.code ?? 'NONE',
    message: (readiness as { readonly reason?: string }).reason ?? `serves version ${seen.current?.version}`,
  };
}
