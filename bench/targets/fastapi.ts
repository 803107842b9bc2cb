import { join } from 'node:path';
import { predictProtocol } from './predict-protocol.ts';
import type { Target } from './target.ts';

const PEERS = join(import.meta.dirname, '..', 'peers');
const protocol = predictProtocol({ single: '/predict', many: '/predict-many' });

function fastapi(name: string, title: string, module: string): Target {
  return {
    ...protocol,
    name,
    title,
    needs: 'peers',
    server: name,
    answersModel: true,
    keepsCache: false,
    start: ({ port, model, environments }) => ({
      command: [
        join(environments.peers, 'uvicorn'),
        '--app-dir',
        PEERS,
        '--port',
        String(port),
        `${module}:app`,
      ],
      environment: { MODEL: model.directory, PYTHONDONTWRITEBYTECODE: '1' },
    }),
  };
}

export const fastapiSklearn = fastapi('fastapi-sklearn', 'FastAPI + scikit-learn', 'fastapi_sklearn');
export const fastapiOnnx = fastapi('fastapi-onnx', 'FastAPI + onnxruntime', 'fastapi_onnx');
