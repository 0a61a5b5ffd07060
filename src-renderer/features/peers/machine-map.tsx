import { ActionIcon } from '@mantine/core';
import { Panel, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useEffect, useId, useMemo, useRef } from 'react';
import type { FocusEvent, KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../ui/index.ts';
import { MachineLink } from './machine-link.tsx';
import type { MachineLinkType } from './machine-link.tsx';
import { MachineNode } from './machine-node.tsx';
import type { MachineNodeType } from './machine-node.tsx';
import { cardSize, linkBetween, mapLayout, neighbour } from './map-layout.ts';
import type { Direction, Point } from './map-layout.ts';
import { hasModel } from './machines.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import classes from './machine-map.module.css';

const nodeTypes = { machine: MachineNode };
const edgeTypes = { link: MachineLink };
const arrows: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
const whole = { padding: 0.04, maxZoom: 1.15 } as const;

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
  const places = usePlaces(list);
  const { nodes, edges } = useDrawn(places, { list, model, routes, selected, onSelect });

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
      data-few={list.length <= few || undefined}
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

/** The same object while the same machines are there, so that facts that change move nothing. */
function usePlaces(list: readonly Machine[]): ReadonlyMap<string, Point> {
  const ids = list.map(({ id }) => id).join(' ');
  return useMemo(() => {
    const [self = '', ...others] = ids.split(' ');
    return mapLayout(self, others);
  }, [ids]);
}

function useDrawn(
  places: ReadonlyMap<string, Point>,
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
        route: routeTo(machine.id),
        has: model === null ? null : hasModel(machine, model),
        selected: selected === machine.id,
        now,
        onSelect,
      },
      ...cardSize,
      measured: cardSize,
      // the button inside says what it is
      domAttributes: { 'aria-roledescription': undefined },
    }));
    const [self] = list;
    const edges = list.slice(1).map((machine): MachineLinkType => ({
      id: machine.id,
      type: 'link',
      source: self?.id ?? '',
      target: machine.id,
      data: { machine, route: routeTo(machine.id), link: linkBetween(middle, places.get(machine.id) ?? middle) },
      // the machines say it in words
      domAttributes: { 'aria-hidden': true },
    }));
    return { nodes, edges };
  }, [list, model, places, routes, selected, now, onSelect]);
}
