export { bidirectionalLayer, gruLayer, lstmLayer, simpleRnnLayer } from "./layers.ts";
