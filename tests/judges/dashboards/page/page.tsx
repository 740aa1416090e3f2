// Draws one dashboard as Grafana does: its own components, value formats, thresholds and legends.
// `window.DRAWN` holds the panels of a dashboard and what their queries answered; what can be read
// in the picture is written into the page as JSON, for the judge.
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createDataFrame,
  createTheme,
  dateTime,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  getFieldDisplayValues,
  renderMarkdown,
  standardFieldConfigEditorRegistry,
  ThemeContext,
  VizOrientation,
} from '@grafana/data';
import { BigValue, GlobalStyles, PanelChrome, TimeSeries, VizRepeater } from '@grafana/ui';
import { Component, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import 'uplot/dist/uPlot.min.css';

const DRAWN = window.DRAWN;
const WIDTH = 1600;
// As Grafana's grid has them.
const CELL_HEIGHT = 30;
const MARGIN = 8;
const EDGE = 16;
const theme = createTheme({ colors: { mode: 'light' } });
const timeRange = {
  from: dateTime(DRAWN.from),
  to: dateTime(DRAWN.to),
  raw: { from: 'now-6h', to: 'now' },
};
// What the panels' own plugins take where a dashboard says nothing.
const STAT = {
  reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
  orientation: 'auto',
  textMode: 'auto',
  colorMode: 'value',
  graphMode: 'area',
  justifyMode: 'auto',
  wideLayout: true,
};
const LEGEND = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
const CUSTOM = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  pointSize: 5,
  showPoints: 'auto',
  spanNulls: false,
  axisPlacement: 'auto',
  stacking: { group: 'A', mode: 'none' },
  scaleDistribution: { type: 'linear' },
  hideFrom: { legend: false, tooltip: false, viz: false },
};
const KNOWN = [
  ...['unit', 'min', 'max', 'decimals', 'displayName', 'color', 'thresholds', 'mappings'],
  ...['noValue', 'links'],
];

standardFieldConfigEditorRegistry.setInit(() => [
  ...KNOWN.map((id) => property(id, id, false)),
  ...[...Object.keys(CUSTOM), 'thresholdsStyle', 'axisSoftMin', 'axisSoftMax', 'lineStyle'].map(
    (path) => property(`custom.${path}`, path, true)
  ),
]);

function property(id, path, isCustom) {
  return {
    ...{ id, path, isCustom, name: id, settings: {} },
    process: (value) => value,
    shouldApply: () => true,
  };
}

function frames(panel) {
  const found = panel.series.map((one) =>
    createDataFrame({
      refId: one.refId,
      fields: [
        // Where nothing was answered the line has a gap, as the data source says by this.
        { name: 'Time', type: FieldType.time, values: one.times, config: { interval: DRAWN.step } },
        {
          name: 'Value',
          type: FieldType.number,
          values: one.values,
          labels: one.labels,
          config: { displayNameFromDS: one.legend },
        },
      ],
    })
  );
  const shown = applyFieldOverrides({
    data: found,
    fieldConfig: configOf(panel),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  // A colour by name is by this one.
  cacheFieldDisplayNames(shown);
  return shown;
}

function configOf(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  if (panel.type !== 'timeseries') {
    return { defaults: { color: { mode: 'thresholds' }, ...defaults }, overrides };
  }
  const custom = { ...CUSTOM, ...defaults.custom };
  return { defaults: { color: { mode: 'palette-classic' }, ...defaults, custom }, overrides };
}

function Lines({ panel, width, height }) {
  const data = frames(panel);
  if (data.length === 0) {
    return <Nothing text={panel.fieldConfig.defaults.noValue} />;
  }
  return (
    <TimeSeries
      frames={data}
      structureRev={1}
      width={width}
      height={height}
      timeRange={timeRange}
      timeZone="utc"
      legend={{ ...LEGEND, ...panel.options.legend }}
      preparePlotFrame={joined}
    >
      {(builder) => {
        builder.addHook('draw', marked);
        return null;
      }}
    </TimeSeries>
  );
}

// All series have the same times. Grafana keeps the names by which they have their colours.
function joined(data) {
  const values = data.map((frame, frameIndex) => {
    const field = frame.fields[1];
    return { ...field, state: { ...field.state, origin: { frameIndex, fieldIndex: 1 } } };
  });
  return { length: data[0].length, fields: [data[0].fields[0], ...values] };
}

// Annotations: a line where one begins, and over its time a band.
function marked(plot) {
  const { ctx, bbox } = plot;
  for (const mark of DRAWN.marks) {
    const from = plot.valToPos(mark.from, 'x', true);
    const to = plot.valToPos(mark.to, 'x', true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = theme.visualization.getColorByName(mark.color);
    ctx.strokeStyle = ctx.fillStyle;
    ctx.setLineDash([5, 5]);
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(from, bbox.top);
    ctx.lineTo(from, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 0.1;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.restore();
  }
}

function Stat({ panel, width, height }) {
  const options = { ...STAT, ...panel.options };
  const values = () =>
    getFieldDisplayValues({
      data: frames(panel),
      reduceOptions: options.reduceOptions,
      fieldConfig: configOf(panel),
      replaceVariables: (text) => text,
      sparkline: options.graphMode !== 'none',
      theme,
      timeZone: 'utc',
    });
  return (
    <VizRepeater
      getValues={values}
      renderValue={({ value, width, height, count }) => (
        <BigValue
          value={value.display}
          count={count}
          sparkline={value.sparkline}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          text={options.text}
          disableWideLayout={!options.wideLayout}
          width={width}
          height={height}
          theme={theme}
        />
      )}
      width={width}
      height={height}
      source={panel}
      itemSpacing={3}
      renderCounter={1}
      autoGrid={true}
      orientation={options.orientation === 'auto' ? VizOrientation.Auto : options.orientation}
    />
  );
}

function Text({ panel }) {
  const html = renderMarkdown(panel.options.content);
  return <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />;
}

function Nothing({ text }) {
  return <div className="nothing">{text || 'No data'}</div>;
}

const DRAWS = { timeseries: Lines, stat: Stat, text: Text };

class Guard extends Component {
  state = { failed: null };
  static getDerivedStateFromError(error) {
    return { failed: `${error}` };
  }
  render() {
    return this.state.failed ? <div data-failed={this.state.failed} /> : this.props.children;
  }
}

function Board() {
  const cell = (WIDTH - 2 * EDGE - 23 * MARGIN) / 24;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div className="board">
        <h1>{DRAWN.title}</h1>
        <p>{DRAWN.description}</p>
        <div className="grid" style={{ height: DRAWN.rows * (CELL_HEIGHT + MARGIN) }}>
          {DRAWN.panels.map((panel) => {
            const { x, y, w, h } = panel.gridPos;
            const width = w * (cell + MARGIN) - MARGIN;
            const height = h * (CELL_HEIGHT + MARGIN) - MARGIN;
            const place = { left: x * (cell + MARGIN), top: y * (CELL_HEIGHT + MARGIN) };
            const Draws = DRAWS[panel.type];
            return (
              <div key={panel.id} className="panel" data-panel={panel.id} style={place}>
                <PanelChrome
                  title={panel.title}
                  description={panel.description}
                  width={width}
                  height={height}
                >
                  {(innerWidth, innerHeight) => (
                    <Guard>
                      <Draws panel={panel} width={innerWidth} height={innerHeight} />
                    </Guard>
                  )}
                </PanelChrome>
              </div>
            );
          })}
        </div>
      </div>
    </ThemeContext.Provider>
  );
}

// What somebody reads who looks at it.
function read(panel) {
  const place = document.querySelector(`[data-panel="${panel.id}"]`);
  const header = place.querySelector('h2');
  const shown = panel.type === 'text' ? [] : frames(panel);
  const values = shown.map((frame) => {
    const field = frame.fields[1];
    const known = field.values.filter((value) => value !== null);
    const value = panel.type === 'stat' ? known.at(-1) : Math.max(...known);
    return {
      name: getFieldDisplayName(field, frame, shown),
      text: formattedValueToString(field.display(value)),
    };
  });
  return {
    values,
    cut: header ? header.scrollWidth > header.clientWidth : false,
    failed: [...place.querySelectorAll('[data-failed]')].map((each) => each.dataset.failed),
  };
}

const root = createRoot(document.getElementById('root'));
flushSync(() => root.render(<Board />));
setTimeout(() => {
  const facts = document.createElement('script');
  facts.type = 'application/json';
  facts.id = 'facts';
  facts.textContent = JSON.stringify(DRAWN.panels.map(read));
  document.body.append(facts);
}, 1500);
