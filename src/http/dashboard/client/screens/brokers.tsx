/** @jsxImportSource preact */
/** The topology: brokers in their racks, and which of them holds what. */

import { bytes, count } from "../format.ts";
import { Bar, Chip, Empty, PageHead, Panel } from "../parts/basics.tsx";
import { layout, storage } from "../state/live.ts";
import { type BrokerView, brokerViews } from "../state/view.ts";
import { PartitionMap } from "./partition_map.tsx";

const NO_RACK = "No rack";

export function BrokerState({ broker: { isFenced, isStopping } }: { broker: BrokerView }) {
  if (isFenced) return <Chip tone="bad">Fenced</Chip>;
  if (isStopping) return <Chip tone="warn">Leaving</Chip>;
  return <Chip tone="good">Serves</Chip>;
}

function Disk({ broker: { id, dataBytes } }: { broker: BrokerView }) {
  const disk = storage.value?.disks.find((one) => one.broker === id);
  if (disk === undefined || disk.totalBytes <= 0) {
    return <span class="quiet small">{bytes(dataBytes)} of logs</span>;
  }
  const used = 1 - disk.usableBytes / disk.totalBytes;
  const words = `${Math.round(used * 100)} % of ${bytes(disk.totalBytes)} used, ${bytes(dataBytes)} by logs`;
  return (
    <>
      <Bar share={used} warn={used > 0.85} label={words} />
      <span class="quiet small">{words}</span>
    </>
  );
}

function BrokerCard({ broker }: { broker: BrokerView }) {
  const { id, host, port, leaders, replicas, outOfSync, isVoter, isActiveController, isServingPage } = broker;
  return (
    <article class={`broker ${broker.isFenced ? "fenced" : ""}`} aria-label={`Broker ${id}`}>
      <div class="row">
        <h3 class="broker-name">Broker {id}</h3>
        <BrokerState broker={broker} />
      </div>
      <p class="row small">
        <code>{host}:{port}</code>
        {isActiveController && <Chip tone="accent">Active controller</Chip>}
        {isVoter && !isActiveController && <Chip>Controller</Chip>}
        {isServingPage && <span class="quiet">serves this page</span>}
      </p>
      <dl class="broker-figures">
        <div>
          <dt>Leads</dt>
          <dd>{count(leaders)}</dd>
        </div>
        <div>
          <dt>Replicas</dt>
          <dd>{count(replicas)}</dd>
        </div>
        <div class={outOfSync > 0 ? "warn" : ""}>
          <dt>Behind</dt>
          <dd>{count(outOfSync)}</dd>
        </div>
      </dl>
      <Disk broker={broker} />
    </article>
  );
}

export function Brokers() {
  const brokers = brokerViews.value;
  const racks = Map.groupBy(brokers, ({ rack }) => rack ?? NO_RACK);
  return (
    <>
      <PageHead
        title="Brokers"
        lead="Who is there, who leads, and whose copies are in sync. Controllers vote on the metadata; one of them is active."
      />
      <div class="stack">
        {brokers.length === 0 && (
          <Panel>
            <Empty title={layout.value === null ? "Waiting for the first look" : "No broker is registered"} />
          </Panel>
        )}
        <div class="racks">
          {[...racks].map(([rack, members]) => (
            <section key={rack} class="rack" aria-label={rack === NO_RACK ? rack : `Rack ${rack}`}>
              {(racks.size > 1 || rack !== NO_RACK) && <h2>{rack}</h2>}
              <div class="rack-brokers">
                {members.map((broker) => <BrokerCard key={broker.id} broker={broker} />)}
              </div>
            </section>
          ))}
        </div>
        {brokers.length > 0 && <PartitionMap />}
      </div>
    </>
  );
}
