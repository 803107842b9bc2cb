import type { Family } from '../converter.ts';
import { decisionTreeClassifier, decisionTreeRegressor } from './decision-tree.ts';
import { forestClassifier, forestRegressor } from './forest.ts';
import { gradientBoostingClassifier, gradientBoostingRegressor } from './gradient-boosting.ts';
import {
  histGradientBoostingClassifier,
  histGradientBoostingRegressor,
} from './histogram/hist-gradient-boosting.ts';

import { randomTreesEmbedding } from './random-trees-embedding.ts';

export const treeFamily: Family = {
  name: 'trees and forests',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    DecisionTreeClassifier: decisionTreeClassifier,
    DecisionTreeRegressor: decisionTreeRegressor,
    ExtraTreeClassifier: decisionTreeClassifier,
    ExtraTreeRegressor: decisionTreeRegressor,
    RandomForestClassifier: forestClassifier,
    RandomForestRegressor: forestRegressor,
    ExtraTreesClassifier: forestClassifier,
    ExtraTreesRegressor: forestRegressor,
    RandomTreesEmbedding: randomTreesEmbedding,
    GradientBoostingClassifier: gradientBoostingClassifier,
    GradientBoostingRegressor: gradientBoostingRegressor,
    HistGradientBoostingClassifier: histGradientBoostingClassifier,
    HistGradientBoostingRegressor: histGradientBoostingRegressor,
  },
};
