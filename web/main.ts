import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';
import { live } from './live.svelte.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app to hold the page');
live.connect();
mount(App, { target });
