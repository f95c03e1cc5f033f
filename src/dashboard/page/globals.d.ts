// uPlot comes as a script of its own (index.html), so its name is global.
import type uPlotClass from 'uplot';

declare global {
  const uPlot: typeof uPlotClass;
  type uPlot = uPlotClass;
  namespace uPlot {
    type AlignedData = uPlotClass.AlignedData;
  }
}
