import type {
  ServerDuplexStream,
  ServerUnaryCall,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { GatewayError } from '../errors.ts';
import type { AppParts } from '../http/app.ts';
import type { InferRequestMessage, ParameterMessage } from '../protocols/open-inference/infer-message.ts';
import { toServiceError } from './grpc-status.ts';
import { InferCalls } from './infer-calls.ts';
import { InfoCalls, type InfoQuestion } from './info-calls.ts';
import { streamInfer } from './stream-infer.ts';

/** What the messages hold that do not ask for inference. */
interface InfoMessage {
  readonly name?: string;
  readonly version?: string;
  readonly ready?: boolean;
  readonly repository_name?: string;
  readonly model_name?: string;
  readonly parameters?: Readonly<Record<string, ParameterMessage & { readonly bytes_param?: Uint8Array }>>;
}

type Answering<Request> = (request: Request, question: Pick<InfoQuestion, 'metadata'>) => Promise<unknown>;

/** `inference.GRPCInferenceService` of `proto/open-inference.proto`. */
export function createInferenceService(parts: AppParts): UntypedServiceImplementation {
  const calls = new InferCalls(parts);
  return {
    ...infoMethods(parts),
    ModelInfer: (call: ServerUnaryCall<InferRequestMessage, unknown>, answer: sendUnaryData<unknown>) => {
      const answered = calls.answer({
        message: call.request,
        metadata: call.metadata,
        clientDeadline: call.getDeadline(),
        onCancelled: (listener) => call.on('cancelled', listener),
      });
      answered.then(
        ({ message, metadata }) => {
          call.sendMetadata(metadata);
          answer(null, message);
        },
        (error) => answer(toServiceError(error)),
      );
    },
    ModelStreamInfer: (call: ServerDuplexStream<InferRequestMessage, unknown>) => streamInfer(call, calls),
  };
}

function infoMethods({ protocols, adminToken }: AppParts): UntypedServiceImplementation {
  const protocol = protocols.find(({ name }) => name === 'open-inference');
  if (protocol === undefined) throw new Error('gRPC needs the Open Inference Protocol; this is a bug');
  const info = new InfoCalls(protocol, adminToken);
  return {
    ServerLive: unary(async () => ({ live: true })),
    ServerReady: unary((_, { metadata }) =>
      readiness(info.ask({ method: 'GET', path: '/v2/health/ready', metadata })),
    ),
    ModelReady: unary((request, { metadata }) =>
      readiness(info.ask({ ...ofModel(request, '/ready'), metadata })),
    ),
    ServerMetadata: unary((_, { metadata }) => info.ask({ method: 'GET', path: '/v2', metadata })),
    ModelMetadata: unary((request, { metadata }) => info.ask({ ...ofModel(request, ''), metadata })),
    ModelConfig: unary(async (request, { metadata }) => ({
      config: await info.ask({ ...ofModel(request, '/config'), metadata }),
    })),
    ModelStatistics: unary((request, { metadata }) =>
      request.name
        ? info.ask({ ...ofModel(request, '/stats'), metadata })
        : info.ask({ method: 'GET', path: '/v2/models/stats', metadata }),
    ),
    RepositoryIndex: unary(async ({ ready = false }, { metadata }) => ({
      models: await info.ask({ method: 'POST', path: '/v2/repository/index', body: { ready }, metadata }),
    })),
    RepositoryModelLoad: unary((request, { metadata }) =>
      info.ask({ ...ofRepository(request, 'load'), metadata }),
    ),
    RepositoryModelUnload: unary((request, { metadata }) =>
      info.ask({ ...ofRepository(request, 'unload'), metadata }),
    ),
  };
}

function unary(answering: Answering<InfoMessage>) {
  return (call: ServerUnaryCall<InfoMessage, unknown>, answer: sendUnaryData<unknown>): void => {
    answering(call.request, call).then(
      (value) => answer(null, value),
      (error) => answer(toServiceError(error)),
    );
  };
}

/** Not ready is an answer here, and an error over HTTP. */
async function readiness(asked: Promise<unknown>): Promise<unknown> {
  try {
    await asked;
    return { ready: true };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'MODEL_NOT_READY') return { ready: false };
    throw error;
  }
}

function ofModel({ name = '', version = '' }: InfoMessage, what: string) {
  return version === ''
    ? ({ method: 'GET', path: `/v2/models/:model${what}`, params: { model: name } } as const)
    : ({
        method: 'GET',
        path: `/v2/models/:model/versions/:version${what}`,
        params: { model: name, version },
      } as const);
}

function ofRepository(
  { repository_name, model_name = '', parameters }: InfoMessage,
  what: 'load' | 'unload',
) {
  if (repository_name)
    throw new GatewayError(
      'NOT_IMPLEMENTED',
      'there are no repositories with names; leave "repository_name" out',
    );
  const values = Object.entries(parameters ?? {}).map(([name, choice]) => [name, Object.values(choice)[0]]);
  return {
    method: 'POST',
    path: `/v2/repository/models/:model/${what}`,
    params: { model: model_name },
    body: { parameters: Object.fromEntries(values) },
  } as const;
}
