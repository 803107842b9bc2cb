import { join } from 'node:path';
import { predictProtocol } from './predict-protocol.ts';
import type { Target } from './target.ts';

const FLOORS = join(import.meta.dirname, '..', 'floors');
const protocol = predictProtocol({ single: '/predict', many: '/predict' });

/** What Node's HTTP alone allows. */
export const nodeFloor: Target = {
  ...protocol,
  name: 'node-floor',
  title: 'node:http, constant answer',
  needs: null,
  server: 'node-floor',
  answersModel: false,
  keepsCache: false,
  start: ({ port }) => ({ command: [process.execPath, join(FLOORS, 'constant-server.ts'), String(port)] }),
};

/** What the design allows: `node:http`, tick batching and onnxruntime-node, by hand. */
export const designFloor: Target = {
  ...protocol,
  name: 'design-floor',
  title: 'node:http + batching + ONNX',
  needs: null,
  server: 'design-floor',
  answersModel: true,
  keepsCache: false,
  start: ({ port, model }) => ({
    command: [
      process.execPath,
      join(FLOORS, 'design-server.ts'),
      String(port),
      join(model.directory, 'plain.onnx'),
    ],
    environment: { ORT_DISABLE_TELEMETRY: '1' },
  }),
};
