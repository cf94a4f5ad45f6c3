import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';
import { live } from './live.svelte.ts';
import { place } from './place.svelte.ts';
import { loadView } from './views.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app to hold the page');
live.connect();
const { view } = place.current;
void loadView(view).then((component) => mount(App, { target, props: { first: { view, component } } }));
