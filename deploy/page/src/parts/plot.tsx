import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { area, line } from "d3-shape";
import { useId } from "preact/hooks";

import { share } from "../../verify/counts.ts";
import { inTokens, show } from "../data/money.ts";

/** One point of a plot: a label and base units. */
export interface Point { readonly label: string; readonly value: bigint }

interface Props { readonly title: string; readonly points: readonly Point[]; readonly decimals: number | null; readonly unit: string }

const SIZE = { width: 640, height: 200, left: 76, right: 8, top: 10, bottom: 26 };
const TICKS = 4n;

/** A line over time. What it shows is in its description, and in the table that it stands beside. */
export function LinePlot(props: Props) {
  const { points } = props;
  const x = scalePoint(points.map(({ label }) => label), [SIZE.left, SIZE.width - SIZE.right]);
  const { top, y } = scaleOf(points);
  const at = ({ label }: Point): number => x(label) ?? SIZE.left;
  const height = ({ value }: Point): number => y(share(value, top));
  return (
    <Frame {...props} top={top}>
      <path class="area" d={area<Point>().x(at).y0(SIZE.height - SIZE.bottom).y1(height)([...points]) ?? ""} />
      <path class="line" d={line<Point>().x(at).y(height)([...points]) ?? ""} />
      {points.map((point) => <circle key={point.label} cx={at(point)} cy={height(point)} r="3"><title>{describe(point, props)}</title></circle>)}
      <Labels points={points} at={at} />
    </Frame>
  );
}

/** Bars side by side. */
export function BarPlot(props: Props) {
  const { points } = props;
  const x = scaleBand(points.map(({ label }) => label), [SIZE.left, SIZE.width - SIZE.right]).padding(points.length > 40 ? 0.1 : 0.25);
  const { top, y } = scaleOf(points);
  return (
    <Frame {...props} top={top}>
      {points.map((point) => {
        const edge = y(share(point.value, top));
        return <rect key={point.label} class="bar" x={x(point.label)} y={edge} width={x.bandwidth()} height={SIZE.height - SIZE.bottom - edge}><title>{describe(point, props)}</title></rect>;
      })}
      <Labels points={points} at={({ label }) => (x(label) ?? 0) + x.bandwidth() / 2} />
    </Frame>
  );
}

function Frame({ title, points, decimals, unit, top, children }: Props & { top: bigint; children: preact.ComponentChildren }) {
  const id = useId();
  const { y } = scaleOf(points);
  const ends = points.length === 0 ? "nothing yet" : `${points.length} values, from ${describe(points[0] as Point, { decimals, unit })} to ${describe(points.at(-1) as Point, { decimals, unit })}`;
  const ticks = Array.from({ length: 5 }, (_, at) => (top * BigInt(at)) / TICKS);
  return (
    <figure class="plot">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-labelledby={id}>
        <title id={id}>{`${title}, ${unit}: ${ends}`}</title>
        {ticks.map((tick, at) => (
          <g key={at}>
            <line class="grid" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(share(tick, top))} y2={y(share(tick, top))} />
            <text class="tick end" x={SIZE.left - 8} y={y(share(tick, top)) + 4}>{axis(tick, decimals)}</text>
          </g>
        ))}
        {children}
      </svg>
      <figcaption>{title}, {unit}</figcaption>
    </figure>
  );
}

/** A few labels, so that none covers another. */
function Labels({ points, at }: { points: readonly Point[]; at: (point: Point) => number }) {
  const every = Math.ceil(points.length / 8);
  return <>{points.map((point, place) => place % every === 0 ? <text key={point.label} class="tick middle" x={at(point)} y={SIZE.height - 8}>{point.label}</text> : null)}</>;
}

/** The axis ends at 1, 2, 4 or 8 times a power of ten, at or above the largest value: its quarters are round. */
function scaleOf(points: readonly Point[]): { top: bigint; y: (share: number) => number } {
  const most = points.reduce((largest, { value }) => (value > largest ? value : largest), 1n);
  const power = 10n ** BigInt(most.toString().length - 1);
  const top = [1n, 2n, 4n, 8n, 10n].map((times) => times * power).find((edge) => edge >= most) as bigint;
  return { top, y: scaleLinear([0, 1], [SIZE.height - SIZE.bottom, SIZE.top]) };
}

function axis(value: bigint, decimals: number | null): string {
  const { whole, fraction } = show(value, decimals, 2);
  return fraction === "00" || fraction === "" || whole.length > 3 ? whole : `${whole}.${fraction}`;
}

const describe = ({ label, value }: Point, { decimals, unit }: Pick<Props, "decimals" | "unit">): string => `${label}: ${inTokens(value, decimals)} ${unit}`;
