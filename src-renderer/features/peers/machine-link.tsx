import { EdgeLabelRenderer } from '@xyflow/react';
import type { Edge, EdgeProps } from '@xyflow/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { format } from '../../ui/index.ts';
import type { Machine, QuestionRoute } from './machines.ts';
import type { MapLink } from './map-layout.ts';
import classes from './machine-map.module.css';

export type MachineLinkType = Edge<{ machine: Machine; route: QuestionRoute | null; link: MapLink }, 'link'>;

/** The line to one other machine, with its round trip; where a question of this window goes that way, it moves. */
export function MachineLink({ data }: EdgeProps<MachineLinkType>): ReactNode {
  const { i18n } = useTranslation('window');
  if (data === undefined) return null;
  const { machine, route, link } = data;
  const { from, to, middle } = link;
  const shape = machine.tooOld ? 'trouble' : machine.state;
  return (
    <>
      <path className={classes.link} d={`M${from.x},${from.y}L${to.x},${to.y}`} data-state={shape} />
      {route !== null && (
        <path
          className={classes.route}
          d={`M${from.x},${from.y}L${to.x},${to.y}`}
          data-writing={route.writing || undefined}
          data-testid="map-route"
          data-to={machine.id}
        />
      )}
      {machine.state === 'connected' && machine.latencyMs !== null && (
        <EdgeLabelRenderer>
          <span
            className={classes.latency}
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
            data-testid="map-latency"
          >
            {format.latency(machine.latencyMs, i18n.language)}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
