import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';
import { language } from './language.svelte.ts';
import { live } from './live.svelte.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app to hold the page');
live.connect();
void language.load().then(() => mount(App, { target }));
