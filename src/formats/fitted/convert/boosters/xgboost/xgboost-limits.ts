export const XGBOOST_LIMITS = 'files in the binary format before 2.1, categories that are texts';
