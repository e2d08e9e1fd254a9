/** What is drawn: one quantity over the last minute, and where a life of the app has ended. */
import uPlot from 'uplot';
import type { Sample } from '../notebook/entries.ts';

export type Quantity = 'busyPercent' | 'residentMib' | 'loopDelayMs';

/** As in style.css, which keeps the room for it. */
const HEIGHT_PX = 190;
const AXIS_PX = 40;
const FONT = '11px ui-monospace, monospace';
const SECONDS_SHOWN = 60;

export class Plot {
  readonly #place: HTMLElement;
  readonly #quantity: Quantity;
  readonly #plot: uPlot;
  readonly #ending = new AbortController();
  readonly #sizes: ResizeObserver;
  #samples: readonly Sample[] = [];

  constructor(place: HTMLElement, quantity: Quantity) {
    this.#place = place;
    this.#quantity = quantity;
    this.#plot = new uPlot(this.#options(), [[], []], place);
    this.#sizes = new ResizeObserver(() =>
      this.#plot.setSize({ width: place.clientWidth, height: HEIGHT_PX }),
    );
    this.#sizes.observe(place);
    this.#redrawWithColours();
  }

  draw(samples: readonly Sample[]): void {
    this.#samples = samples;
    const seconds = samples.map(({ at }) => at / 1000);
    this.#plot.setData([seconds, samples.map((sample) => sample[this.#quantity])]);
  }

  remove(): void {
    this.#ending.abort();
    this.#sizes.disconnect();
    this.#plot.destroy();
  }

  #options(): uPlot.Options {
    const axis: uPlot.Axis = {
      font: FONT,
      stroke: () => this.#colour('--ink-soft'),
      grid: { stroke: () => this.#colour('--grid'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: this.#place.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { range: (_, __, newest) => [newest - SECONDS_SHOWN, newest] },
        // From zero on, and never so near that noise looks like an event.
        y: { range: (_, __, highest) => [0, Math.max(10, highest * 1.1)] },
      },
      axes: [
        { ...axis, size: 24, space: 80, values: (_, seconds) => seconds.map(formatClock) },
        { ...axis, size: AXIS_PX },
      ],
      series: [{}, { stroke: () => this.#colour('--line'), fill: () => this.#colour('--fill'), width: 1.5 }],
      hooks: { drawClear: [() => this.#markDeaths()] },
    };
  }

  /** From the last sample of a life to the first of the next: nobody was there to measure. */
  #markDeaths(): void {
    const { ctx, bbox } = this.#plot;
    ctx.fillStyle = this.#colour('--death');
    for (const [index, sample] of this.#samples.entries()) {
      const before = this.#samples[index - 1];
      if (before === undefined || before.life === sample.life) continue;
      const from = Math.max(bbox.left, this.#plot.valToPos(before.at / 1000, 'x', true));
      const to = this.#plot.valToPos(sample.at / 1000, 'x', true);
      if (to > from) ctx.fillRect(from, bbox.top, Math.max(2, to - from), bbox.height);
    }
  }

  #colour(name: string): string {
    return getComputedStyle(this.#place).getPropertyValue(name);
  }

  /** Another theme, chosen here or by the system. */
  #redrawWithColours(): void {
    const redraw = (): void => this.#plot.redraw(false);
    const { signal } = this.#ending;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw, { signal });
    const observer = new MutationObserver(redraw);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    signal.addEventListener('abort', () => observer.disconnect());
  }
}

function formatClock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
