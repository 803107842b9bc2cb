import { STANDING_TAGS, type VersionStanding } from '../../model/version-standing.ts';

type Tags = Readonly<Record<string, string>>;

/** MLflow 2's limit for the value of a version tag, in characters. */
const MAX_TAG_LENGTH = 5_000;

/**
 * The tags that a version's record lacks to say `standing`, the status last: once it is there the others are, too.
 *
 * When a version went live is left alone while the record says that the same files are live: a restart is no news.
 *
 * @param gateway who says it; `null` if gateways have no names.
 */
export function missingTags(
  tags: Tags,
  standing: VersionStanding,
  gateway: string | null,
): readonly (readonly [key: string, value: string])[] {
  const { status, digest, servedAt } = standing;
  const isLiveAlready =
    tags[STANDING_TAGS.status] === 'live' &&
    tags[STANDING_TAGS.digest] === digest &&
    tags[STANDING_TAGS.servedAt] !== undefined;
  const reason = isReasonSaid(tags, standing) ? null : reasonText(standing.reason, gateway);
  const wanted: readonly (readonly [string, string | null])[] = [
    [STANDING_TAGS.digest, digest],
    [STANDING_TAGS.servedAt, servedAt === null || isLiveAlready ? null : servedAt.toISOString()],
    [STANDING_TAGS.reason, reason],
    [STANDING_TAGS.status, status],
  ];
  return wanted.flatMap(([key, value]) => (value === null || tags[key] === value ? [] : [[key, value]]));
}

/** Whether the record says as much already, in the words of whichever gateway. */
function isReasonSaid(tags: Tags, { status, reason }: VersionStanding): boolean {
  const said = tags[STANDING_TAGS.reason]?.replace(/ \(gateway "[^"]*"\)$/, '');
  return (
    tags[STANDING_TAGS.status] === status && said === boundedText(reason, MAX_TAG_LENGTH - SIGNATURE_LENGTH)
  );
}

/** Room for the name of a gateway, whatever its length: the reason is the same text whoever says it. */
const SIGNATURE_LENGTH = 200;

function reasonText(reason: string, gateway: string | null): string {
  const text = boundedText(reason, MAX_TAG_LENGTH - SIGNATURE_LENGTH);
  return gateway === null ? text : `${text} (gateway "${boundedText(gateway, SIGNATURE_LENGTH - 20)}")`;
}

/** One line of at most `length` UTF-16 units, which is no fewer than what MLflow counts. */
function boundedText(text: string, length: number): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).toWellFormed()}…`;
}
