// HttpFetcher and whom it believes: certificates good and bad.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "engine/remote/certificate_names.h"
#include "tests/engine/remote/fetch.h"
#include "tests/testing/temporary_folder.h"

namespace assay::remote {
namespace {

class FetchTls : public ::testing::Test {
 protected:
  FetchTls() { request_.ca_file = folder_.File("ca.pem", ca_.Pem()); }

  FetchReply FetchWith(const Certificate& certificate, std::string_view host = "127.0.0.1",
                       LoopbackServer::Handler handler = Serve("{}")) {
    LoopbackServer server(std::move(handler), &certificate);
    return Fetch(server.Url("/jwks", host), request_);
  }

  const TestCa ca_;
  const testing::TemporaryFolder folder_;
  FetchRequest request_;
};

TEST_F(FetchTls, ACertificateOfTheCaForTheHostIsAccepted) {
  EXPECT_EQ(FetchWith(ca_.Issue()).body, "{}");
  EXPECT_EQ(FetchWith(ca_.Issue(), "localhost").body, "{}");
}

TEST_F(FetchTls, AWrongNameIsRefused) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const FetchReply reply = FetchWith(
        ca_.Issue({.dns_names = {"other.example", "*.localhost", "localhost.example"}, .ip_addresses = {"127.0.0.2"}}),
        host);
    EXPECT_EQ(reply.status, FetchStatus::kTls);
    EXPECT_NE(reply.error.find("no alternative certificate subject name matches"), std::string::npos) << reply.error;
    EXPECT_EQ(reply.body, "");
  }
}

TEST_F(FetchTls, TheSubjectIsNoName) {
  EXPECT_EQ(FetchWith(ca_.Issue({.dns_names = {}, .ip_addresses = {}, .common_name = "localhost"}), "localhost").status,
            FetchStatus::kTls);
  EXPECT_EQ(FetchWith(ca_.Issue({.dns_names = {"127.0.0.1"}, .ip_addresses = {}}), "127.0.0.1").status,
            FetchStatus::kTls);
}

// A user's certificate: libcurl would take its subject for the host's name.
TEST_F(FetchTls, TheSubjectIsNoNameBesideAnEmailAddressEither) {
  for (const char* email : {"user@corp.example", "user@corp.example DNS:localhost"}) {
    std::atomic<int> requests{0};
    const FetchReply reply =
        FetchWith(ca_.Issue({.dns_names = {}, .ip_addresses = {}, .emails = {email}, .common_name = "localhost"}),
                  "localhost", [&](Peer& peer) {
                    if (!peer.ReadRequest().empty()) ++requests;
                    peer.Reply("{}");
                  });
    EXPECT_EQ(reply.status, FetchStatus::kTls);
    EXPECT_NE(reply.error.find("names no host"), std::string::npos) << reply.error;
    EXPECT_EQ(requests, 0) << "nothing is sent to it";
  }
  EXPECT_EQ(FetchWith(ca_.Issue({.emails = {"user@corp.example"}}), "localhost").body, "{}");
}

TEST_F(FetchTls, ACertificateIsReadStrictly) {
  EXPECT_TRUE(NamesHosts(ca_.Issue().CertificatePem()));
  EXPECT_TRUE(NamesHosts(ca_.Issue({.dns_names = {}}).CertificatePem()));
  EXPECT_FALSE(NamesHosts(ca_.Pem())) << "no subjectAltName at all";
  EXPECT_FALSE(NamesHosts(""));
  EXPECT_FALSE(NamesHosts("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"));
}

// What is in the CA file is trusted as a root, not as a link of somebody's chain.
TEST_F(FetchTls, ACertificateThatIsNoRootIsNoAnchor) {
  const Certificate certificate = ca_.Issue();
  request_.ca_file = folder_.File("leaf.pem", certificate.CertificatePem());
  EXPECT_EQ(FetchWith(certificate).status, FetchStatus::kTls);
}

// Tickets of a former connection must not keep the certificate from being seen.
TEST_F(FetchTls, EachConnectionShowsItsCertificateAgain) {
  const Certificate certificate = ca_.Issue();
  LoopbackServer server(
      [](Peer& peer) {
        const std::string request = peer.ReadRequest();
        const bool moved = request.starts_with("GET /there ");
        if (moved) {
          peer.Reply("{}");
        } else {
          peer.Reply("", "Location: /there\r\n", "302 Found");
        }
      },
      &certificate);
  HttpFetcher fetcher;
  request_.url = server.Url("/jwks", "localhost");
  for (int i = 0; i < 4; ++i) {
    const FetchReply reply = fetcher.Fetch(request_);
    EXPECT_EQ(reply.body, "{}") << reply.error;
  }
}

TEST_F(FetchTls, ExpiredAndFutureCertificatesAreRefused) {
  FetchReply reply = FetchWith(ca_.Issue({.valid_from = -7200, .valid_to = -3600}));
  EXPECT_EQ(reply.status, FetchStatus::kTls);
  EXPECT_NE(reply.error.find("expired"), std::string::npos) << reply.error;
  EXPECT_EQ(FetchWith(ca_.Issue({.valid_from = 3600, .valid_to = 7200})).status, FetchStatus::kTls);
}

TEST_F(FetchTls, SelfSignedAndForeignCertificatesAreRefused) {
  EXPECT_EQ(FetchWith(ca_.Issue({.self_signed = true})).status, FetchStatus::kTls);
  EXPECT_EQ(FetchWith(TestCa().Issue()).status, FetchStatus::kTls);
}

TEST_F(FetchTls, NothingIsSentBeforeTheServerIsKnown) {
  std::atomic<int> requests{0};
  FetchWith(ca_.Issue({.self_signed = true}), "127.0.0.1",
            [&](Peer& peer) { requests += peer.ReadRequest().empty() ? 0u : 1u; });
  EXPECT_EQ(requests, 0);
}

TEST_F(FetchTls, AReplyToTheEndNeedsTlssOwnEnd) {
  const std::string reply = "HTTP/1.1 200 OK\r\n\r\n{}";
  EXPECT_EQ(FetchWith(ca_.Issue(), "127.0.0.1", Say(reply)).body, "{}");
  EXPECT_EQ(FetchWith(ca_.Issue(), "127.0.0.1",
                      [&](Peer& peer) {
                        peer.ReadRequest();
                        peer.Send(reply);
                        peer.Cut();
                      })
                .status,
            FetchStatus::kMalformed);
}

TEST_F(FetchTls, EndlessAndSlowRepliesEndAsWithoutTls) {
  const Certificate certificate = ca_.Issue();
  request_.timeout = testing::kGenerousTimeout;  // the size ends it, not the time
  EXPECT_EQ(FetchWith(certificate, "127.0.0.1",
                      [](Peer& peer) {
                        peer.ReadRequest();
                        peer.Send("HTTP/1.1 200 OK\r\n\r\n");
                        while (peer.Send(std::string(16384, ' '))) {
                        }
                      })
                .status,
            FetchStatus::kTooLarge);
  request_.timeout = milliseconds(300);
  EXPECT_EQ(FetchWith(certificate, "127.0.0.1",
                      [](Peer& peer) {
                        peer.ReadRequest();
                        peer.Send("HTTP/1.1 200 OK\r\nX: ");
                        while (peer.Send("H")) std::this_thread::sleep_for(milliseconds(5));
                      })
                .status,
            FetchStatus::kTimeout);
}

// Not "invalid certificate verification context": no certificate was looked at.
TEST_F(FetchTls, AnOldProtocolVersionIsNamedAsTheCause) {
  const Certificate certificate = ca_.Issue();
  LoopbackServer server(Serve("{}"), &certificate, TLS1_1_VERSION);
  const FetchReply reply = Fetch(server.Url(), request_);
  EXPECT_EQ(reply.status, FetchStatus::kTls);
  EXPECT_NE(reply.error.find("protocol version"), std::string::npos) << reply.error;
  EXPECT_EQ(reply.error.find("certificate"), std::string::npos) << reply.error;
}

TEST_F(FetchTls, AServerWithoutTlsIsAnError) {
  LoopbackServer server([](Peer& peer) {
    peer.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.AwaitClose();
  });
  EXPECT_EQ(Fetch("https://127.0.0.1:" + std::to_string(server.port()) + "/", request_).status, FetchStatus::kTls);
}

TEST_F(FetchTls, TheCaFileMustBeOne) {
  LoopbackServer server(Serve("{}"));
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  request_.ca_file = folder_.Path("absent.pem");
  FetchReply reply = Fetch(url, request_);
  EXPECT_EQ(reply.status, FetchStatus::kTls);
  EXPECT_NE(reply.error.find("absent.pem"), std::string::npos);
  request_.ca_file = folder_.File("bad.pem", "nonsense");
  EXPECT_EQ(Fetch(url, request_).status, FetchStatus::kTls);
}

TEST_F(FetchTls, ARenewedCaFileIsReadAgain) {
  const Certificate certificate = ca_.Issue();
  LoopbackServer server(Serve("{}"), &certificate);
  HttpFetcher fetcher;
  request_.url = server.Url();
  request_.ca_file = folder_.File("new.pem", TestCa().Pem());
  EXPECT_EQ(fetcher.Fetch(request_).status, FetchStatus::kTls);
  folder_.File("newer.pem", ca_.Pem());
  ASSERT_EQ(std::rename(folder_.Path("newer.pem").c_str(), request_.ca_file.c_str()), 0);
  EXPECT_EQ(fetcher.Fetch(request_).status, FetchStatus::kOk);
}

}  // namespace
}  // namespace assay::remote
