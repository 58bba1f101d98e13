import { describe, expect, test } from 'vitest';
import { isLoopbackHost, isPrivateHost } from '../../../src/remote/trust/address.ts';

const isPrivate = (url: string): boolean => isPrivateHost(new URL(url).hostname);

describe('isPrivateHost', () => {
  test.for([
    'http://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://0.0.0.0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:169.254.169.254]/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1:5000/',
    'https://100.64.0.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[fe80::1]/',
    'https://[febf::1]/',
    'https://[fec0::1]/',
    'https://[fc00::1]/',
    'https://[ff02::1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b:1::1]/',
    'https://[::127.0.0.1]/',
    // 6to4, mapped and translated addresses have an IPv4 one inside.
    'https://[2002:a9fe:a9fe::]/',
    'https://[2002:a00:1:1::1]/',
    'https://[::ffff:0:169.254.169.254]/',
    'https://[::ffff:0:a00:1]/',
    // Teredo, and the rest of 2001::/23.
    'https://[2001::1]/',
    'https://[2001:0:5ef5:79fd::1]/',
    'https://[2001:2::1]/',
    'https://[2001:10::1]/',
    'https://[2001:1ff:ffff::1]/',
    // Documentation, discard-only, segment routing, site-local, and what is not given out.
    'https://[2001:db8::1]/',
    'https://[2001:db8:ffff::1]/',
    'https://[3fff::1]/',
    'https://[3fff:fff:ffff::1]/',
    'https://[100::1]/',
    'https://[100:0:0:1::1]/',
    'https://[5f00::1]/',
    'https://[feff::1]/',
    'https://[fb00::1]/',
    'https://[1fff:ffff::1]/',
    'https://[4000::1]/',
    'https://192.0.0.192/',
    'https://192.0.2.1/',
    'https://192.88.99.1/',
    'https://198.19.255.255/',
    'https://198.51.100.1/',
    'https://203.0.113.255/',
    'https://240.0.0.1/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://[::ffff:168.63.129.16]/',
  ])('an address of a private network: %s', (url) => {
    expect(isPrivate(url)).toBe(true);
  });

  test.for([
    'https://0x7f.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://１２７.0.0.1/',
    'https://[0:0:0:0:0:ffff:7f00:1]/',
    'https://[::FFFF:A9FE:A9FE]/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://localhost../',
    'https://ⓛocalhost/',
    'https://a.localhost/',
    'https://metadata.google.internal/',
    'https://metadata/',
    'https://registry.svc.cluster.local/',
    'https://nas.home.arpa/',
    'https://printer.local.:8080/',
    'https://kubernetes.default.svc/',
    'https://registry.registry.SVC/',
    'https://router.lan/',
    'https://db.corp/',
    'https://fritz.home/',
    'https://host.localdomain/',
    'https://wiki.intranet./',
    'https://a.b.private/',
    'https://0xa9fea9fe/',
    'https://[64:FF9B::A9FE:A9FE]/',
    'https://[2002:0A00:0001::]/',
    'https://[0:0:0:0:FFFF:0:7f00:1]/',
  ])('however it is written: %s', (url) => {
    expect(isPrivate(url)).toBe(true);
  });

  test.for([
    'https://reg.test/',
    'https://ghcr.io/',
    'https://8.8.8.8/',
    'https://172.15.255.255/',
    'https://172.32.0.0/',
    'https://192.169.0.1/',
    'https://169.253.0.1/',
    'https://100.63.255.255/',
    'https://100.128.0.0/',
    'https://223.255.255.255/',
    'https://[2606:4700::1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[64:ff9b::8.8.8.8]/',
    'https://[2002:808:808::1]/',
    'https://[::ffff:0:8.8.8.8]/',
    'https://[::8.8.8.8]/',
    'https://[2000::1]/',
    'https://[2001:200::1]/',
    'https://[2001:db7::1]/',
    'https://[2001:db9::1]/',
    'https://[2001:4860:4860::8888]/',
    'https://[2003::1]/',
    'https://[2620:4f:8000::1]/',
    'https://[3ffe::1]/',
    'https://[3fff:1000::1]/',
    'https://168.63.129.15/',
    'https://168.63.129.17/',
    'https://192.0.1.1/',
    'https://192.0.3.1/',
    'https://192.88.98.1/',
    'https://192.88.100.1/',
    'https://198.17.255.255/',
    'https://198.20.0.0/',
    'https://198.51.99.255/',
    'https://198.51.101.0/',
    'https://203.0.112.255/',
    'https://203.0.114.0/',
    'https://11.0.0.0/',
    'https://126.255.255.255/',
    'https://128.0.0.0/',
    'https://corp.example.com/',
    'https://svc.example.com/',
    'https://my.homes/',
    'https://thelan.example/',
    'https://registry.test/',
    'https://localhost.example.com/',
    'https://notlocalhost.test/',
    'https://internal.example.com/',
    'https://my.thelocal/',
    // What a name resolves to is not known to a page.
    'https://127.0.0.1.nip.io/',
  ])('a public one: %s', (url) => {
    expect(isPrivate(url)).toBe(false);
  });
});

describe('isLoopbackHost', () => {
  const isLoopback = (host: string): boolean => isLoopbackHost(new URL(`https://${host}`).hostname);

  test.for([
    'localhost',
    'LOCALHOST:5000',
    'localhost.',
    '127.0.0.1',
    '127.255.255.254:5000',
    '127.1',
    '0x7f.1',
    '0177.0.0.1',
    '2130706433',
    '[::1]:5000',
    '[0:0:0:0:0:0:0:1]:5000',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:FFFF:7F01:203]',
  ])('this machine: %s', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(isPrivateHost(new URL(`https://${host}`).hostname)).toBe(true);
  });

  test.for([
    'reg.test',
    '127.0.0.1.evil.com',
    'localhost.evil.com',
    'notlocalhost',
    // Not every resolver knows these by itself.
    'registry.localhost',
    '128.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '[::]',
    '[::2]',
    '[1::1]',
    '[::127.0.0.1]',
    '[::ffff:128.0.0.1]',
    '[::ffff:7f:1]',
    '[2002:7f00:1::]',
    '[64:ff9b::127.0.0.1]',
    '[fe80::1]',
  ])('another one: %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
