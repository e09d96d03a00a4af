import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { area, line } from "d3-shape";
import type { ComponentChildren, Ref } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { share } from "../../verify/counts.ts";
import { inTokens, show } from "../api/money.ts";

/** One point of a plot: a label and base units. */
export interface Point { readonly label: string; readonly value: bigint }

interface Props { readonly title: string; readonly points: readonly Point[]; readonly decimals: number | null; readonly unit: string }

/** In pixels of the screen: the plot is drawn as wide as its place. */
const SIZE = { height: 220, left: 88, right: 12, top: 10, bottom: 26 };
const MOST_BAR = 64;
const LABEL = 56;
const TICKS = 4n;

/** A line over time. What it shows is in its description, and in the table that it stands beside. */
export function LinePlot(props: Props) {
  const { points } = props;
  const [width, figure] = useWidth();
  const x = scalePoint(points.map(({ label }) => label), [SIZE.left, width - SIZE.right]).padding(0.5);
  const { top, y } = scaleOf(points);
  const at = ({ label }: Point): number => x(label) ?? SIZE.left;
  const height = ({ value }: Point): number => y(share(value, top));
  return (
    <Frame {...props} top={top} width={width} figure={figure}>
      <path class="area" d={area<Point>().x(at).y0(SIZE.height - SIZE.bottom).y1(height)([...points]) ?? ""} />
      <path class="line" d={line<Point>().x(at).y(height)([...points]) ?? ""} />
      {points.map((point) => <circle key={point.label} cx={at(point)} cy={height(point)} r="3"><title>{describe(point, props)}</title></circle>)}
      <Labels points={points} width={width} at={at} />
    </Frame>
  );
}

/** Bars side by side. */
export function BarPlot(props: Props) {
  const { points } = props;
  const [width, figure] = useWidth();
  const x = scaleBand(points.map(({ label }) => label), [SIZE.left, width - SIZE.right]).padding(points.length > 40 ? 0.1 : 0.25);
  const bar = Math.min(MOST_BAR, x.bandwidth());
  const middle = ({ label }: Point): number => (x(label) ?? 0) + x.bandwidth() / 2;
  const { top, y } = scaleOf(points);
  return (
    <Frame {...props} top={top} width={width} figure={figure}>
      {points.map((point) => {
        const edge = y(share(point.value, top));
        return <rect key={point.label} class="bar" x={middle(point) - bar / 2} y={edge} width={bar} height={SIZE.height - SIZE.bottom - edge}><title>{describe(point, props)}</title></rect>;
      })}
      <Labels points={points} width={width} at={middle} />
    </Frame>
  );
}

interface FrameProps extends Props { readonly top: bigint; readonly width: number; readonly figure: Ref<HTMLElement>; readonly children: ComponentChildren }

function Frame({ title, points, decimals, unit, top, width, figure, children }: FrameProps) {
  const id = useId();
  const { y } = scaleOf(points);
  const ends = points.length === 0 ? "nothing yet" : `${points.length} values, from ${describe(points[0] as Point, { decimals, unit })} to ${describe(points.at(-1) as Point, { decimals, unit })}`;
  const ticks = Array.from({ length: 5 }, (_, at) => (top * BigInt(at)) / TICKS);
  return (
    <figure class="plot" ref={figure}>
      <svg viewBox={`0 0 ${width} ${SIZE.height}`} role="img" aria-labelledby={id}>
        <title id={id}>{`${title}, ${unit}: ${ends}`}</title>
        {ticks.map((tick, at) => (
          <g key={at}>
            <line class="grid" x1={SIZE.left} x2={width - SIZE.right} y1={y(share(tick, top))} y2={y(share(tick, top))} />
            <text class="tick end" x={SIZE.left - 8} y={y(share(tick, top)) + 4}>{axis(tick, decimals)}</text>
          </g>
        ))}
        {children}
      </svg>
      <figcaption>{title}, {unit}</figcaption>
    </figure>
  );
}

/** Return how wide a figure is, now and when the window changes. */
function useWidth(): [number, Ref<HTMLElement>] {
  const figure = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const measure = (): void => setWidth(Math.max(280, figure.current?.clientWidth ?? 640));
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  return [width, figure];
}

/** A few labels, so that none covers another. */
function Labels({ points, width, at }: { points: readonly Point[]; width: number; at: (point: Point) => number }) {
  const every = Math.max(1, Math.ceil((points.length * LABEL) / (width - SIZE.left)));
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
  const kept = fraction.replace(/0+$/, "");
  return kept === "" || whole.length > 3 ? whole : `${whole}.${kept}`;
}

const describe = ({ label, value }: Point, { decimals, unit }: Pick<Props, "decimals" | "unit">): string => `${label}: ${inTokens(value, decimals)} ${unit}`;
