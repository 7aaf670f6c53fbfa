/** A certificate for localhost that is worth nothing anywhere else: services that speak HTTPS alone are tried against a server with it. */
export const localCertificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUeyp+JxufXaPODpZnp7b75uV5mH8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE1NDMzNloYDzIxMjYxMDMw
MTU0MzM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQCKwpaVqP5s08bN+0DViAyKCWMeczAK2RkpoaKfDaNAoIbNyYS1Afg
hHGiEkvMTOwyuX8m/wtuN8nWvS7P0Hojo28wbTAdBgNVHQ4EFgQUt8LL/dhXMqLe
wMv62pTDXOgZWikwHwYDVR0jBBgwFoAUt8LL/dhXMqLewMv62pTDXOgZWikwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgSLBMHzJnheC/nxzKLmWo+J0LXHfdUtVn39LH1C6WA4QCIQDN
QNuUX7fDxUIRZBTUzJducj742s4t+PSvMc/s19STPw==
-----END CERTIFICATE-----
`;

/** No secret: it stands here for all to read. */
export const localKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4+Ie+XwDMeLIYG8K
o57UdxtLoY8l5q9EP5zk85HK6IWhRANCAAQCKwpaVqP5s08bN+0DViAyKCWMeczA
K2RkpoaKfDaNAoIbNyYS1AfghHGiEkvMTOwyuX8m/wtuN8nWvS7P0Hoj
-----END PRIVATE KEY-----
`;
