import { MLFLOW_SETTINGS } from './mlflow-settings.ts';
import { OBJECT_STORE_SETTINGS } from './object-store-settings.ts';
import type { Setting } from './setting.ts';

/** Every setting that this version knows. A variable that is empty or blank counts as unset, a YAML `null` or blank text too. */
export const SETTINGS = [
  {
    variable: 'HOST',
    yamlKey: 'host',
    default: '`127.0.0.1`',
    meaning: 'address to listen on; `0.0.0.0` for every interface (the image sets that). `--host` wins',
  },
  {
    variable: 'PORT',
    yamlKey: 'port',
    default: '`8000`',
    meaning:
      'TCP port; `0` takes a free one. Order: `--port`, `SAGEMAKER_BIND_TO_PORT`, `AIP_HTTP_PORT`, `PORT`, the file, 8000 (8080 for the word `serve` where `/opt/ml` exists)',
  },
  {
    variable: 'SAGEMAKER_BIND_TO_PORT',
    yamlKey: null,
    default: 'unset',
    meaning: 'the port, as SageMaker sets it',
  },
  { variable: 'AIP_HTTP_PORT', yamlKey: null, default: 'unset', meaning: 'the port, as Vertex AI sets it' },
  {
    variable: 'AIP_PREDICT_ROUTE',
    yamlKey: null,
    default: 'unset',
    meaning: 'path of `POST {"instances": […]}` for the default model, as Vertex AI sets it',
  },
  {
    variable: 'AIP_HEALTH_ROUTE',
    yamlKey: null,
    default: 'unset',
    meaning: 'path that answers 200 once the server is ready, as Vertex AI sets it',
  },
  {
    variable: 'SWITCHYARD_CONFIG',
    yamlKey: null,
    default: 'unset',
    meaning: 'YAML file with settings; the environment wins over it, `--config` names another one',
  },
  ...MLFLOW_SETTINGS,
  ...OBJECT_STORE_SETTINGS,
  {
    variable: 'SWITCHYARD_REGISTRY_DIR',
    yamlKey: 'registryDir',
    default: '`models-fixtures` beside the package',
    meaning: 'the directory registry; wins over the MLflow variables',
  },
  {
    variable: 'SWITCHYARD_MODEL_DIR',
    yamlKey: 'modelDir',
    default: 'unset',
    meaning:
      'one mounted model directory: a model’s files, or `NAME/VERSION/…`, also in folders of their own; wins over every registry. `--model-dir` wins',
  },
  {
    variable: 'SWITCHYARD_MODEL_NAME',
    yamlKey: 'modelName',
    default: '`model`, or the name in the directory',
    meaning: 'name under which the model of a mounted directory is served. `--model-name` wins',
  },
  {
    variable: 'AZUREML_MODEL_DIR',
    yamlKey: null,
    default: '`/opt/ml/model`, `/mnt/models`',
    meaning:
      'the model directory as Azure ML mounts it; it, or SageMaker’s, or KServe’s is served, the first that holds anything, where no other setting says what to serve',
  },
  {
    variable: 'AIP_STORAGE_URI',
    yamlKey: null,
    default: 'unset',
    meaning:
      'where Vertex AI has the model; nothing is fetched from there, so that it stops the start unless something else says what to serve',
  },
  {
    variable: 'SWITCHYARD_MODELS',
    yamlKey: 'models',
    default: '`models:/*/Production`',
    meaning:
      'comma list of `[route=]models:/NAME/STAGE`, `models:/NAME@ALIAS`, `models:/NAME/VERSION`, `models:/NAME/latest`; NAME may be `*`. Names with a comma or `=` need the YAML form. In YAML a list of such texts or of objects `uri`, `route`, `batching` (`true`, `false`), `signature` (`compatible`, `any`), `placement` (`auto`, `inline`, `worker`), `crossCheck` (`{alias: NAME}` or `{stage: NAME}`: says so where that pointer names another version), `invocations` (`predictions`, `records`: what `/invocations` answers for a row; default: as the flavours it was logged with, [docs/protocols.md](docs/protocols.md#mlflow-scoring)), `precision` (`float64`, `float32`: what the graph of a scikit-learn, XGBoost or LightGBM model calculates in)',
  },
  {
    variable: 'SWITCHYARD_DEFAULT_MODEL',
    yamlKey: 'defaultModel',
    default:
      'the one explicitly named model; with the packaged `models-fixtures`: `iris`; under a wildcard the only match at start; else none',
    meaning: 'route name of the model that the routes without a name serve',
  },
  {
    variable: 'SWITCHYARD_POLL_INTERVAL_MS',
    yamlKey: 'pollIntervalMs',
    default: '`5000`',
    meaning:
      'milliseconds between two reads of the pointers (±10 % jitter); higher: fewer registry calls, later swaps',
  },
  {
    variable: 'SWITCHYARD_WHEN_UNASSIGNED',
    yamlKey: 'whenUnassigned',
    default: '`keep`',
    meaning: '`keep` or `unload` the version that serves when its pointer goes away',
  },
  {
    variable: 'SWITCHYARD_VERDICT_TAGS',
    yamlKey: 'verdictTags',
    default: '`false`',
    meaning:
      '`true`: tags on each version in MLflow tell whether and why it serves (`switchyard.status`, `.reason`, `.digest`, `.served_at`); the account then needs EDIT on the models',
  },
  {
    variable: 'SWITCHYARD_GATEWAY_NAME',
    yamlKey: 'gatewayName',
    default: 'unset',
    meaning: 'stands behind the reason in these tags, to tell several gateways apart',
  },
  {
    variable: 'SWITCHYARD_ARTIFACT_ORIGINS',
    yamlKey: 'artifactOrigins',
    default: 'unset',
    meaning:
      'comma list of `http(s)` origins that artifacts may come from besides the registry’s own, e.g. `https://files.example.com`',
  },
  {
    variable: 'SWITCHYARD_ARTIFACT_ROOTS',
    yamlKey: 'artifactRoots',
    default: 'unset',
    meaning: 'comma list of absolute directories that `file:` artifacts may lie in',
  },
  {
    variable: 'SWITCHYARD_CACHE_DIR',
    yamlKey: 'cacheDir',
    default: '`$XDG_CACHE_HOME/switchyard`, else `~/.cache/switchyard`',
    meaning: 'directory of downloaded artifacts and of the state that a restart without a registry needs',
  },
  {
    variable: 'SWITCHYARD_CACHE_MAX_BYTES',
    yamlKey: 'cacheMaxBytes',
    default: '`10737418240`',
    meaning:
      'bytes of artifacts to keep; above it the least recently used versions go, never a live or previous one; higher: fewer downloads',
  },
  {
    variable: 'SWITCHYARD_LOAD_TIMEOUT_MS',
    yamlKey: 'loadTimeoutMs',
    default: '`120000`',
    meaning:
      'milliseconds that a new version may take to load and warm up in its trial process; higher: slower models pass, hanging ones are noticed later',
  },
  {
    variable: 'SWITCHYARD_MEMORY_MAX_BYTES',
    yamlKey: 'memoryMaxBytes',
    default: '80 % of the memory limit',
    meaning:
      'bytes of memory above which a load first gives up warm previous versions, then is refused; the limit is the cgroup’s, else the machine’s memory',
  },
  {
    variable: 'SWITCHYARD_ENGINE_THREADS',
    yamlKey: 'engineThreads',
    default: 'CPUs available (cgroup-aware)',
    meaning: 'how many batches run on worker threads at once; higher: more at once, more memory',
  },
  {
    variable: 'SWITCHYARD_PROCESSES',
    yamlKey: 'processes',
    default: '`1`',
    meaning:
      'processes that share the port, on Linux; above `1` one more decides what serves. Engine threads, memory, concurrent requests and buffered bytes are divided among them; higher: more cores answer, every model is loaded once in each',
  },
  {
    variable: 'SWITCHYARD_MAX_CONCURRENT_REQUESTS',
    yamlKey: 'maxConcurrentRequests',
    default: '`1024`',
    meaning:
      'model requests in flight, counted once their body is complete; above it 429 at once; higher: longer queues',
  },
  {
    variable: 'SWITCHYARD_BODY_TIMEOUT_MS',
    yamlKey: 'bodyTimeoutMs',
    default: '`10000`',
    meaning: 'milliseconds that a body may take to arrive, then 408; higher: slower clients are served',
  },
  {
    variable: 'SWITCHYARD_MAX_BUFFERED_BYTES',
    yamlKey: 'maxBufferedBytes',
    default: '`268435456`',
    meaning:
      'bytes that all unfinished bodies together may hold, and as many again all complete ones over 1 MiB that are worked on; above it 429; higher: more memory',
  },
  {
    variable: 'SWITCHYARD_MAX_BODY_BYTES',
    yamlKey: 'maxBodyBytes',
    default: '`67108864`',
    meaning:
      'bytes of one body, unpacked; above it 413; higher: more memory a request. More than `SWITCHYARD_MAX_BUFFERED_BYTES` can never arrive',
  },
  {
    variable: 'SWITCHYARD_REQUEST_TIMEOUT_MS',
    yamlKey: 'requestTimeoutMs',
    default: '`30000`',
    meaning: 'milliseconds until a request is answered 504, queueing included; higher: longer waits',
  },
  {
    variable: 'SWITCHYARD_SHUTDOWN_DELAY_MS',
    yamlKey: 'shutdownDelayMs',
    default: '`0`',
    meaning:
      'milliseconds that requests are still served after SIGTERM, while load balancers take notice; higher: slower, safer roll-outs',
  },
  {
    variable: 'SWITCHYARD_DRAIN_TIMEOUT_MS',
    yamlKey: 'drainTimeoutMs',
    default: '`25000`',
    meaning: 'milliseconds that running requests are then waited for; higher: fewer cut off, slower stops',
  },
  {
    variable: 'SWITCHYARD_METRICS_PORT',
    yamlKey: 'metricsPort',
    default: 'unset: the main port',
    meaning: 'a port of its own for `/metrics`',
  },
  {
    variable: 'SWITCHYARD_GRPC_PORT',
    yamlKey: 'grpcPort',
    default: 'unset: no gRPC',
    meaning:
      'port of the gRPC services (Open Inference Protocol, health, reflection); the main port’s number: both on one port, which then takes HTTP/1.1, HTTP/2 and gRPC. `--grpc-port` wins',
  },
  {
    variable: 'SWITCHYARD_TLS_CERT_FILE',
    yamlKey: 'tlsCertFile',
    default: 'unset: no TLS',
    meaning:
      'PEM file with the server’s certificate and the ones between it and its authority: TLS on the HTTP and gRPC ports. Read again when it changes',
  },
  {
    variable: 'SWITCHYARD_TLS_KEY_FILE',
    yamlKey: 'tlsKeyFile',
    default: 'unset',
    meaning: 'PEM file with the key of that certificate, not encrypted',
  },
  {
    variable: 'SWITCHYARD_LOG_LEVEL',
    yamlKey: 'logLevel',
    default: '`info`',
    meaning: 'least level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
  },
  {
    variable: 'SWITCHYARD_LOG_FORMAT',
    yamlKey: 'logFormat',
    default: '`json`; `pretty` on a terminal',
    meaning: '`json` (one object a line) or `pretty` (for people)',
  },
  {
    variable: 'SWITCHYARD_ADMIN_TOKEN',
    yamlKey: 'adminToken',
    default: 'unset: the operator routes answer 403',
    meaning: 'bearer token of the operator routes',
    secret: true,
  },
  {
    variable: 'SWITCHYARD_WEBHOOK_SECRET',
    yamlKey: 'webhookSecret',
    default: 'unset: `POST /webhooks/mlflow` answers 403',
    meaning: 'secret that MLflow signs its webhooks with; `switchyard webhook create` registers it there',
    secret: true,
  },
] as const satisfies readonly Setting[];

/** The name of a setting's environment variable. */
export type Variable = (typeof SETTINGS)[number]['variable'];

/** What `variable` is in `SETTINGS`. */
export function settingOf(variable: Variable): Setting {
  return SETTINGS.find((setting) => setting.variable === variable)!;
}
