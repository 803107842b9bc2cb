export const XGBOOST_LIMITS = 'pickles of XGBoost before 1.6, categories that are texts';
