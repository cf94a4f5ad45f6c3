import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCgroup, type Cgroup } from '../../server/collect/cgroup.ts';

const ID = '4f3c1c0b7a6e5d4c3b2a19080706050403020100ffeeddccbbaa998877665544';
const OTHER_ID = ID.replaceAll('4', 'e');
const POD = '8f0c2a4e-1b3d-4c5e-9f70-a1b2c3d4e5f6';
const POD_OF_SYSTEMD = POD.replaceAll('-', '_');
const NOTHING: Cgroup = { unit: null, container: null, podUid: null };

const v2 = (path: string) => `0::${path}\n`;
const container = (runtime: NonNullable<Cgroup['container']>['runtime'], id = ID): Cgroup => ({
  ...NOTHING,
  container: { id, runtime },
});
const unit = (name: string): Cgroup => ({ ...NOTHING, unit: name });

describe('the unit', () => {
  test.each([
    ['a service', '/system.slice/nginx.service', 'nginx.service'],
    ['an instance in a slice', '/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service'],
    ['a group below a service', '/system.slice/nginx.service/workers', 'nginx.service'],
    ['a session', '/user.slice/user-1000.slice/session-3.scope', 'session-3.scope'],
    [
      "a user's application",
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope',
      'app-gnome-firefox-4711.scope',
    ],
    [
      "a user's service manager",
      '/user.slice/user-1000.slice/user@1000.service/init.scope',
      'user@1000.service',
    ],
    ['the service manager', '/init.scope', 'init.scope'],
    ['an escaped name', String.raw`/system.slice/my\x2dapp\xc3\xa9.service`, 'my-appé.service'],
    ["a name like a kernel's file", '/system.slice/_cpu.service', 'cpu.service'],
    ['a removed group', '/system.slice/nginx.service (deleted)', 'nginx.service'],
    ['a group outside of the view', '/../../system.slice/nginx.service', 'nginx.service'],
    ['a virtual machine of systemd', '/machine.slice/machine-web.scope', 'machine-web.scope'],
    [
      "Podman's monitor",
      `/machine.slice/libpod-conmon-${ID}.scope/../../system.slice/a.service`,
      'a.service',
    ],
  ])('is found of %s', (_, path, expected) => {
    expect(parseCgroup(v2(path))).toEqual(unit(expected));
  });

  test.each(['/', '/user.slice', '/custom/group', '/.service', `/machine.slice/libpod-conmon-${ID}.scope`])(
    'is not made of %s',
    (path) => {
      expect(parseCgroup(v2(path))).toEqual(NOTHING);
    },
  );
});

describe('the container', () => {
  test.each([
    ['docker', `/system.slice/docker-${ID}.scope`],
    ['docker', `/docker/${ID}`],
    ['docker', `/docker/${OTHER_ID}/docker/${ID}`],
    ['docker', `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`],
    ['containerd', `/system.slice/nerdctl-${ID}.scope`],
    ['podman', `/machine.slice/libpod-${ID}.scope`],
    ['podman', `/machine.slice/libpod-${ID}.scope/container`],
    ['podman', `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`],
    ['podman', `/libpod_parent/libpod-${ID}`],
    ['unknown', `/actions_job/${ID}`],
  ] as const)('of %s is found in %s', (runtime, path) => {
    expect(parseCgroup(v2(path))).toEqual(container(runtime));
  });

  test.each([
    ['docker', `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod_.slice/docker-${ID}.scope`],
    ['containerd', `/kubepods.slice/kubepods-pod_.slice/cri-containerd-${ID}.scope`],
    [
      'containerd',
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod_.slice/cri-containerd-${ID}.scope`,
    ],
    ['containerd', `/system.slice/containerd.service/kubepods-besteffort-pod_.slice:cri-containerd:${ID}`],
    [
      'cri-o',
      `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod_.slice/crio-${ID}.scope/container`,
    ],
    ['cri-o', `/kubepods/besteffort/pod-/crio-${ID}`],
    ['unknown', `/kubepods/burstable/pod-/${ID}`],
  ] as const)('of %s is found with its pod in %s', (runtime, path) => {
    const whole = path.replace('pod_', `pod${POD_OF_SYSTEMD}`).replace('pod-', `pod${POD}`);
    expect(parseCgroup(v2(whole))).toEqual({ ...container(runtime), podUid: POD });
  });

  test('of a static pod has its uid without dashes', () => {
    const uid = '0123456789abcdef0123456789abcdef';
    expect(parseCgroup(v2(`/kubepods/burstable/pod${uid}/${ID}`)).podUid).toBe(uid);
    expect(parseCgroup(v2(`/kubepods.slice/kubepods-pod${uid}.slice/crio-${ID}.scope`)).podUid).toBe(uid);
  });

  test.each(['/lxc/web', '/lxc.payload/web', '/lxc.payload.web', '/lxc.payload.web/deeper'])(
    'of LXC is known by its name in %s',
    (path) => {
      expect(parseCgroup(v2(path))).toEqual(container('lxc', 'web'));
    },
  );

  test('has the unit that is in it, not the one that it is in', () => {
    expect(parseCgroup(v2(`/machine.slice/libpod-${ID}.scope/container/system.slice/nginx.service`))).toEqual(
      {
        ...container('podman'),
        unit: 'nginx.service',
      },
    );
    expect(parseCgroup(v2('/lxc.payload.web/system.slice/nginx.service'))).toEqual({
      ...container('lxc', 'web'),
      unit: 'nginx.service',
    });
    expect(parseCgroup(v2(`/system.slice/docker.service/docker/${ID}`)).unit).toBeNull();
  });

  test('that Podman runs as a service has that unit', () => {
    expect(parseCgroup(v2(`/system.slice/web.service/libpod-payload-${ID}`))).toEqual({
      ...container('podman'),
      unit: 'web.service',
    });
  });
});

describe('the hierarchies', () => {
  test('of cgroup v1: that of systemd, else any that tells something', () => {
    const text = `12:memory:/docker/${OTHER_ID}\n2:cpu,cpuacct:/\n1:name=systemd:/docker/${ID}\n`;
    expect(parseCgroup(text)).toEqual(container('docker'));
    expect(parseCgroup(`12:memory:/\n3:pids:/docker/${ID}\n1:name=systemd:/\n`)).toEqual(container('docker'));
  });

  test('of both: that of v2 unless it is the root', () => {
    const systemd = '1:name=systemd:/system.slice/sshd.service\n';
    expect(parseCgroup(`${systemd}0::/\n`)).toEqual(unit('sshd.service'));
    expect(parseCgroup(`${systemd}0::/system.slice/nginx.service\n`)).toEqual(unit('nginx.service'));
  });

  test('a path may have colons', () => {
    expect(parseCgroup(v2('/system.slice/a:b.service'))).toEqual(unit('a:b.service'));
  });
});

const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

test('hostile names are made printable, and cut', () => {
  const hostile = parseCgroup(v2(String.raw`/a\x0ab\x1b[31m` + `\u202e${'x'.repeat(500)}.service`));
  expect(hostile.unit).not.toMatch(unprintable);
  expect(hostile.unit?.length).toBeLessThanOrEqual(128);
  expect(parseCgroup(v2(`/lxc/${'\u001b'.repeat(500)}`)).container?.id).toMatch(/^\ufffd{127}…$/);
});

test('no text is too odd: the answer is always printable and short', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'lxc',
      'docker',
      `docker-${ID}.scope`,
      `pod${POD}`,
      String.raw`\x0a.service`,
      'init.scope',
    ),
    fc.string({ unit: 'binary', minLength: 1 }).map((name) => `${name}.service`),
  );
  const path = fc.array(segment).map((segments) => `/${segments.join('/')}`);
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    path.map((given) => `0::${given}`),
    path.map((given) => `1:name=systemd:${given}`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { unit, container, podUid } = parseCgroup(lines.join('\n'));
      for (const name of [unit, container?.id, podUid]) {
        expect(name ?? '').not.toMatch(unprintable);
        expect((name ?? '').length).toBeLessThanOrEqual(128);
      }
    }),
  );
});
