import type { Component } from 'svelte';
import type { View } from '../server/model/views.ts';
import { language } from './language.svelte.ts';

/** The code of each view, fetched when it is first shown. */
const LOAD: Readonly<Record<View, () => Promise<{ default: Component }>>> = {
  overview: () => import('./views/overview/OverviewView.svelte'),
  finding: () => import('./views/finding/FindingView.svelte'),
  sockets: () => import('./views/sockets/SocketsView.svelte'),
  listeners: () => import('./views/listeners/ListenersView.svelte'),
  alerts: () => import('./views/alerts/AlertsView.svelte'),
  learn: () => import('./views/learn/LearnView.svelte'),
};

/** A view with its words. Rejects where the server is away. */
export async function loadView(view: View): Promise<Component> {
  // The words of the page come meanwhile; those of the view are known once it is there.
  const [{ default: component }] = await Promise.all([LOAD[view](), language.load()]);
  await language.load();
  return component;
}
