/** A plot by uPlot. The server renders the room for it, and the newest value; the line is drawn in the browser. */
import { type ReactNode, useEffect, useRef } from 'react';
import type { Sample } from '../notebook/entries.ts';
import { padNumber } from './formats.ts';
import { Plot, type Quantity } from './plot.ts';

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly samples: readonly Sample[];
  readonly pick: Quantity;
}

export function Chart({ title, unit, samples, pick }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(null);
  const newest = samples.at(-1);

  useEffect(() => {
    const drawn = new Plot(place.current as HTMLDivElement, pick);
    plot.current = drawn;
    return () => drawn.remove();
  }, [pick]);
  useEffect(() => plot.current?.draw(samples), [samples]);

  return (
    <figure className="chart">
      <figcaption>
        <span>{title}</span>
        <span className="value">{`${padNumber(newest?.[pick].toFixed(1) ?? '–', 7)} ${unit}`}</span>
      </figcaption>
      {/* Said in words above; the picture is for those who see it. */}
      <div className="plot" ref={place} aria-hidden="true" />
    </figure>
  );
}
