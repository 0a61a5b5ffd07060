import { ActionIcon } from '@mantine/core';
import { Panel, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { FocusEvent, KeyboardEvent, ReactNode, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../ui/index.ts';
import { MachineLink } from './machine-link.tsx';
import type { MachineLinkType } from './machine-link.tsx';
import { MachineNode } from './machine-node.tsx';
import type { MachineNodeType } from './machine-node.tsx';
import { compactForm, extentOf, framePadding, fullForm, leastFrame, linkBetween, mapLayout, neighbour, rowForm } from './map-layout.ts';
import type { Direction, MapForm, Point, Size } from './map-layout.ts';
import { hasModel } from './machines.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import classes from './machine-map.module.css';

const nodeTypes = { machine: MachineNode };
const edgeTypes = { link: MachineLink };
const arrows: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
const whole = { padding: framePadding, maxZoom: 1.15 } as const;

type Props = {
  list: readonly Machine[];
  /** Those that have it stand out; null: none is looked for */
  model: string | null;
  routes: readonly QuestionRoute[];
  selected: string | null;
  onSelect: (id: string) => void;
};

/** So many stand in one row. */
const few = 3;

/** The machines around this one, with the lines between. What it shows stands in the table too. */
export function MachineMap(props: Props): ReactNode {
  return (
    <ReactFlowProvider>
      <Flow {...props} />
    </ReactFlowProvider>
  );
}

function Flow({ list, model, routes, selected, onSelect }: Props): ReactNode {
  const { t } = useTranslation('window');
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  const hint = useId();
  const room = useRoom(box, list.length <= few);
  const { places, form, height } = usePlaces(list, room);
  const { nodes, edges } = useDrawn({ places, form }, { list, model, routes, selected, onSelect });

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // it also tells the size at first, when the machines have theirs
    const seen = new ResizeObserver(() => void flow.fitView(whole));
    seen.observe(element);
    return () => seen.disconnect();
  }, [flow, places]);

  const walk = (event: KeyboardEvent): void => {
    const direction = arrows[event.key];
    const from = event.target instanceof HTMLElement ? event.target.dataset['machine'] : undefined;
    if (direction === undefined || from === undefined) return;
    event.preventDefault();
    const next = neighbour(places, from, direction);
    if (next !== null) box.current?.querySelector<HTMLElement>(`[data-machine="${CSS.escape(next)}"]`)?.focus();
  };
  /** Whoever comes by keyboard to one that is out of sight brings it into sight. */
  const bring = ({ target }: FocusEvent<HTMLElement>): void => {
    const place = places.get(target.dataset['machine'] ?? '');
    const frame = box.current?.getBoundingClientRect();
    if (place === undefined || frame === undefined || !target.matches(':focus-visible')) return;
    const { left, right, top, bottom } = target.getBoundingClientRect();
    if (left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom)
      void flow.setCenter(place.x, place.y, { zoom: flow.getZoom() });
  };

  return (
    <section
      className={classes.map}
      style={{ height }}
      data-form={form.facts}
      ref={box}
      aria-label={t('machines.map.label')}
      aria-describedby={hint}
      onKeyDown={walk}
      onFocus={bring}
      data-testid="machine-map"
    >
      <p id={hint} className="axon-unseen">
        {t('machines.map.hint')}
      </p>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodeOrigin={[0.5, 0.5]}
        fitView
        fitViewOptions={whole}
        minZoom={0.2}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        // the wheel scrolls the page
        zoomOnScroll={false}
        preventScrolling={false}
        zoomOnDoubleClick={false}
        // our buttons are named, and told of, by our own words
        ariaLabelConfig={{
          'node.a11yDescription.default': '',
          'node.a11yDescription.keyboardDisabled': '',
          'edge.a11yDescription.default': '',
        }}
        proOptions={{ hideAttribution: true }}
      >
        <Panel position="bottom-right" className={classes.zoom ?? ''}>
          <ActionIcon variant="default" size={28} onClick={() => void flow.zoomIn()} aria-label={t('machines.map.zoomIn')}>
            <Plus size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size={28} onClick={() => void flow.zoomOut()} aria-label={t('machines.map.zoomOut')}>
            <Minus size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size={28} onClick={() => void flow.fitView(whole)} aria-label={t('machines.map.whole')}>
            <Maximize size={14} aria-hidden />
          </ActionIcon>
        </Panel>
      </ReactFlow>
    </section>
  );
}

/** What a page can give to the map without being scrolled, px: its width, and what the window leaves of its height. */
function useRoom(box: RefObject<HTMLElement | null>, low: boolean): Size {
  const inner = useSyncExternalStore(onResize, () => window.innerHeight);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => setWidth(element.clientWidth);
    look();
    const seen = new ResizeObserver(look);
    seen.observe(element);
    return () => seen.disconnect();
  }, [box]);
  // above and below it stand the rest of the page; of few machines there is more of that
  const height = low ? Math.max(240, Math.min(380, inner - 440)) : Math.max(340, Math.min(660, inner - 264));
  return useMemo(() => ({ width, height }), [width, height]);
}

function onResize(changed: () => void): () => void {
  window.addEventListener('resize', changed);
  return () => window.removeEventListener('resize', changed);
}

/**
 * As much of each machine as can be read; where that is more than the room is high, the page is scrolled. The same object while the same machines
 * are there, so that facts that change move nothing.
 */
function usePlaces(list: readonly Machine[], room: Size): { places: ReadonlyMap<string, Point>; form: MapForm; /** px */ height: number } {
  const ids = list.map(({ id }) => id).join(' ');
  const full = useMemo(() => laidOut(ids, fullForm), [ids]);
  const compact = useMemo(() => laidOut(ids, compactForm), [ids]);
  const row = useMemo(() => laidOut(ids, rowForm), [ids]);
  const fits = ({ least: { width, height } }: typeof full): boolean => width <= room.width && height <= room.height;
  const { places, form, least } = fits(full) ? full : list.length <= few && fits(row) ? row : compact;
  return { places, form, height: Math.max(room.height, least.height) };
}

function laidOut(ids: string, form: MapForm): { places: ReadonlyMap<string, Point>; form: MapForm; least: Size } {
  const [self = '', ...others] = ids.split(' ');
  const places = mapLayout(self, others, form);
  return { places, form, least: leastFrame(extentOf(places, form)) };
}

function useDrawn(
  { places, form }: { places: ReadonlyMap<string, Point>; form: MapForm },
  { list, model, routes, selected, onSelect }: Props,
): { nodes: MachineNodeType[]; edges: MachineLinkType[] } {
  const now = useNow(5000);
  return useMemo(() => {
    const middle = { x: 0, y: 0 };
    const routeTo = (id: string): QuestionRoute | null => routes.find(({ peerId }) => peerId === id) ?? null;
    const nodes = list.map((machine): MachineNodeType => ({
      id: machine.id,
      type: 'machine',
      position: places.get(machine.id) ?? middle,
      data: {
        machine,
        facts: form.facts,
        route: routeTo(machine.id),
        has: model === null ? null : hasModel(machine, model),
        selected: selected === machine.id,
        now,
        onSelect,
      },
      ...form.card,
      measured: form.card,
      // the button inside says what it is
      domAttributes: { 'aria-roledescription': undefined },
    }));
    const [self] = list;
    const edges = list.slice(1).map((machine): MachineLinkType => ({
      id: machine.id,
      type: 'link',
      source: self?.id ?? '',
      target: machine.id,
      data: { machine, route: routeTo(machine.id), link: linkBetween(middle, places.get(machine.id) ?? middle, form) },
      // the machines say it in words
      domAttributes: { 'aria-hidden': true },
    }));
    return { nodes, edges };
  }, [list, model, places, form, routes, selected, now, onSelect]);
}
