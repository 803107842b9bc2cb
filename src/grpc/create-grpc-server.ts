import { ReflectionService } from '@grpc/reflection';
import type { AppParts } from '../http/app.ts';
import { GrpcServer } from './grpc-server.ts';
import { HealthService } from './health-service.ts';
import { createInferenceService } from './inference-service.ts';
import { loadServiceDefinitions } from './service-definitions.ts';

/** Every gRPC service: inference, health, and reflection of both. */
export function createGrpcServer(parts: AppParts): GrpcServer {
  const definitions = loadServiceDefinitions();
  const isStopping = () => parts.phase.phase !== 'serving';
  const health = new HealthService({ models: parts.service, isStopping });
  const server = new GrpcServer({
    services: [
      { definition: definitions.inference, implementation: createInferenceService(parts) },
      { definition: definitions.health, implementation: health.implementation },
    ],
    maxBodyBytes: parts.maxBodyBytes,
    onFinish: () => health.close(),
  });
  new ReflectionService(definitions.all as never).addToServer(server.services);
  return server;
}
