// Loaded before a program (`node --import`), it makes the package koffi one that is not installed.
import { register } from 'node:module';

const hooks = `
  export async function resolve(specifier, context, next) {
    if (specifier === 'koffi') throw new Error('koffi is not installed here');
    return next(specifier, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
