import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { GatewayError, messageOf } from '../errors.ts';
import { convertDirectory } from '../formats/fitted/convert-directory.ts';
import type { ConversionReport } from '../formats/model-format.ts';
import { PRECISION_NAMES, parsePrecision } from '../model/precision.ts';
import { openModelPlace } from './convert/open-model-place.ts';

interface ConvertOptions {
  readonly output?: string;
  readonly precision: string;
  readonly config?: string;
}

/** Where the graph and what is said about it go. */
export interface ConvertStreams {
  /** Whether bytes written to stdout would land on a screen. */
  readonly isTerminal: boolean;
  /** Writes the graph to stdout. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes one line to stderr. */
  tell(line: string): void;
}

/**
 * `switchyard convert PATH_OR_URI > model.onnx`: a scikit-learn, XGBoost or LightGBM model as the ONNX graph that would
 * be served.
 *
 * @param load reads the settings, as `serve` does; only for `models:/` URIs. @throws GatewayError INVALID_SETTING.
 * Refusals go to stderr, with exit code 1.
 */
export function convertCommand(
  load: (configFile: string | undefined) => Config,
  streams: ConvertStreams,
): Command {
  const command = new Command('convert')
    .description(
      'write the ONNX graph of a scikit-learn, XGBoost or LightGBM model; nothing in it is executed',
    )
    .argument(
      '<model>',
      'a model directory, a model file, or models:/NAME/STAGE (or @ALIAS, /VERSION, /latest)',
    )
    .option('--output <file>', 'write to this file instead of stdout')
    .option('--precision <precision>', 'what the graph calculates in: float64 or float32', 'float64')
    .option('--config <file>', 'YAML file with settings, as of "serve"')
    .action(async (model: string, options: ConvertOptions) => {
      try {
        await convert(model, options, load, streams);
      } catch (error) {
        command.error(`error: ${messageOf(error)}`, { exitCode: 1 });
      }
    });
  return command;
}

async function convert(
  model: string,
  { output, precision: given, config }: ConvertOptions,
  load: (configFile: string | undefined) => Config,
  streams: ConvertStreams,
): Promise<void> {
  const precision = parsePrecision(given);
  if (precision === undefined) {
    throw new GatewayError('INVALID_SETTING', `--precision is "${given}"; allowed: float64, float32`);
  }
  if (output === undefined && streams.isTerminal) {
    const text =
      'the graph is no text for a screen: redirect it (> model.onnx), or name a file with --output';
    throw new GatewayError('INVALID_SETTING', text);
  }
  await using place = await openModelPlace(model, () => load(config));
  const { onnx, converted } = await convertDirectory(place.directory, precision);
  for (const note of converted.notes) streams.tell(`note: ${note}`);
  if (output === undefined) await streams.write(onnx);
  else await writeFile(output, onnx);
  streams.tell(summaryOf(converted.report));
}

function summaryOf(report: ConversionReport): string {
  const { estimator, library, libraryVersion, sourceFormat, graphBytes, conversionMs, precision } = report;
  const origin = `${library}${libraryVersion === null ? '' : ` ${libraryVersion}`}, ${sourceFormat}`;
  const within = precision === 'double' ? `, within ${report.tolerance} of the library's answers` : '';
  return `${estimator} (${origin}): ${graphBytes} bytes of ONNX in ${PRECISION_NAMES[precision]}${within}, made in ${conversionMs} ms`;
}
