// Grafana's own schema of a dashboard, as JSON has it: enumerations are their values. Options and
// fields of a panel are those of its kind, so that a key which it does not know is an error.
import type { Dashboard, FieldConfig, FieldConfigSource, Panel } from '@grafana/schema';
import type { GraphFieldConfig } from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TextOptions } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Wire<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends Array<infer Each>
      ? Array<Wire<Each>>
      : T extends object
        ? { [Key in keyof T]: Wire<T[Key]> }
        : T;

type Fields<Custom> = Omit<FieldConfig, 'custom'> & { custom?: Partial<Custom> };
type Of<Kind extends string, Options, Custom> = Omit<Panel, 'type' | 'options' | 'fieldConfig'> & {
  type: Kind;
  options: Partial<Options>;
  fieldConfig?: Omit<FieldConfigSource, 'defaults'> & { defaults: Fields<Custom> };
};

export type Board = Wire<
  Omit<Dashboard, 'panels'> & {
    panels: Array<
      | Of<'timeseries', TimeSeriesOptions, GraphFieldConfig>
      | Of<'stat', StatOptions, Record<string, never>>
      | Of<'text', TextOptions, Record<string, never>>
    >;
  }
>;
