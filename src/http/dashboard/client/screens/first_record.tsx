/** @jsxImportSource preact */
/** How to begin, on a cluster that holds nothing. */

import { Empty, Panel } from "../parts/basics.tsx";
import { brokerViews } from "../state/view.ts";

export function FirstRecord() {
  const broker = brokerViews.value.find(({ isServingPage }) => isServingPage) ?? brokerViews.value[0];
  const address = broker === undefined ? "127.0.0.1:9092" : `${broker.host}:${broker.port}`;
  const option = address === "127.0.0.1:9092" ? "" : ` --bootstrap ${address}`;
  return (
    <Panel>
      <Empty title="Send the first record">
        <p>
          Nothing has been written yet. Topics come into being when something is produced to them; these two
          lines create one and read it:
        </p>
        <pre>
          {`echo '{"hello":"world"}' | sluice produce greetings${option}\nsluice consume greetings --from start${option}`}
        </pre>
        <p class="quiet">
          Any Kafka client works: its bootstrap server is <code>{address}</code>.{" "}
          <a href="#/topics">Create a topic here</a> to choose partitions and replicas yourself.
        </p>
      </Empty>
    </Panel>
  );
}
