import { describe, expect, test } from 'vitest';
import { isPrivateHost } from '../../src/remote/address.ts';

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
    'https://[fb00::1]/',
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
