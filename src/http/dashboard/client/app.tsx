/** @jsxImportSource preact */
/** The dashboard: which screen is shown, and where the program begins. */

import { render } from "preact";
import { Frame } from "./frame.tsx";
import { Empty, PageHead, Panel } from "./parts/basics.tsx";
import { Brokers } from "./screens/brokers.tsx";
import { Flow } from "./screens/flow.tsx";
import { Group } from "./screens/group.tsx";
import { Groups } from "./screens/groups.tsx";
import { Laboratory } from "./screens/laboratory.tsx";
import { Overview } from "./screens/overview.tsx";
import { Quorum } from "./screens/quorum.tsx";
import { Topic } from "./screens/topic.tsx";
import { Topics } from "./screens/topics.tsx";
import { loadSession, startLive } from "./state/live.ts";
import { followLocation, route } from "./state/route.ts";
import { startTheme } from "./state/theme.ts";

function Nowhere() {
  return (
    <>
      <PageHead title="Nothing here" />
      <Panel>
        <Empty title="There is no such screen">
          <p>
            <a href="#/">Back to the overview</a>
          </p>
        </Empty>
      </Panel>
    </>
  );
}

function Screen() {
  const [place = "", name] = route.value.path;
  switch (place) {
    case "":
      return <Overview />;
    case "brokers":
      return <Brokers />;
    case "topics":
      return name === undefined ? <Topics /> : <Topic />;
    case "groups":
      return name === undefined ? <Groups /> : <Group />;
    case "flow":
      return <Flow />;
    case "quorum":
      return <Quorum />;
    case "laboratory":
      return <Laboratory />;
    default:
      return <Nowhere />;
  }
}

function App() {
  return (
    <Frame>
      <Screen />
    </Frame>
  );
}

startTheme();
followLocation();
startLive();
void loadSession();
render(<App />, document.body);
