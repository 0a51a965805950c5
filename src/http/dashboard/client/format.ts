/** Numbers, sizes and times as people read them. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** What stands where something is not known. */
export const UNKNOWN = "–";

/** `12,345`. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined || value < 0 ? UNKNOWN : whole.format(value);
}

/** `12.3K`, for places without much room. */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  return short.format(value);
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `3.4 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || value < 0 || !Number.isFinite(value)) return UNKNOWN;
  let amount = value;
  let unit = 0;
  while (amount >= 1024 && unit < byteUnits.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount < 10 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${byteUnits[unit]}`;
}

/** `3.4 MiB/s`. */
export function byteRate(value: number | null | undefined): string {
  const text = bytes(value);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** `12.3K/s`. */
export function rate(value: number | null | undefined): string {
  const text = compact(value);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** A duration of milliseconds: `0.4 ms`, `120 ms`, `4.2 s`, `3 min`, `2 h`, `5 d`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || ms < 0 || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < 1) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** `2026-11-20 14:03:07.123`, in the reader's time zone. */
export function timestamp(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || ms < 0) return UNKNOWN;
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return UNKNOWN;
  const two = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time}.${two(at.getMilliseconds(), 3)}`;
}

/** `1 partition`, `3 partitions`. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${whole.format(amount)} ${amount === 1 ? one : many}`;
}
