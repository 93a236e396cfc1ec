import { createApp } from "vue";

import DirectorPanel from "./DirectorPanel.vue";
import { makeRouter } from "./router";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";

createApp(DirectorPanel).use(makeRouter()).mount("#panel");
