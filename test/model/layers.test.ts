/** Every layer beside the dense ones, in a graph, against f64 on a tape and TensorFlow.js. */
import { describeGraph } from "../support/graph-tests.ts";
import { LAYER_GRAPHS } from "../support/layer-graphs.ts";

for (const graph of LAYER_GRAPHS) describeGraph(graph);
