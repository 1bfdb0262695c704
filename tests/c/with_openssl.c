/* with_openssl CONFIG TOKEN: a host whose two ends speak TLS by OpenSSL 3, before and after the engine has worked. */
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "judge.h"

static void require(int good, const char* what) {
  if (good) return;
  printf("OpenSSL: %s failed\n", what);
  exit(3);
}

/* speak_tls: a handshake in memory between a client and a server with a certificate of its own, and a message. */
static void speak_tls(void) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  require(key != NULL && certificate != NULL, "key");
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 600);
  X509_set_pubkey(certificate, key);
  require(X509_sign(certificate, key, EVP_sha256()) > 0, "signing");
  SSL_CTX* const serving = SSL_CTX_new(TLS_server_method());
  SSL_CTX* const asking = SSL_CTX_new(TLS_client_method());
  require(SSL_CTX_use_certificate(serving, certificate) == 1 && SSL_CTX_use_PrivateKey(serving, key) == 1,
          "certificate");
  SSL *const server = SSL_new(serving), *const client = SSL_new(asking);
  BIO *ours = NULL, *theirs = NULL;
  require(BIO_new_bio_pair(&ours, 0, &theirs, 0) == 1, "pair");
  SSL_set_bio(server, ours, ours);
  SSL_set_bio(client, theirs, theirs);
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  for (int i = 0; i < 20 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); ++i) {
    SSL_do_handshake(client);
    SSL_do_handshake(server);
  }
  char got[8] = {0};
  require(SSL_write(client, "hello", 5) == 5 && SSL_read(server, got, sizeof got) == 5, "message");
  require(memcmp(got, "hello", 5) == 0, "message");
  SSL_free(server);
  SSL_free(client);
  SSL_CTX_free(serving);
  SSL_CTX_free(asking);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

int main(int argc, char** argv) {
  if (argc != 3) return 4;
  require(strncmp(OpenSSL_version(OPENSSL_VERSION), "OpenSSL 3", 9) == 0, "version");
  speak_tls();
  const int status = judge(RTLD_DEFAULT, argv[1], argv[2]);
  speak_tls();
  return status;
}
