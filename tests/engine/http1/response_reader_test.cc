#include <algorithm>

#include "engine/http1/response_reader.h"

#include <gtest/gtest.h>

namespace assay::http1 {
namespace {

using State = ResponseReader::State;

constexpr std::size_t kMaxBody = 100;

// Feeds `text` in pieces of `step` bytes and then ends.
State Read(ResponseReader* reader, std::string_view text, std::size_t step) {
  State state = State::kMore;
  while (!text.empty() && state == State::kMore) {
    state = reader->Feed(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
  }
  return state == State::kMore ? reader->End() : state;
}

void ExpectBody(std::string_view text, std::string_view body, int status = 200) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size()}) {
    ResponseReader reader(kMaxBody);
    EXPECT_EQ(Read(&reader, text, step), State::kDone) << text << reader.defect();
    EXPECT_EQ(reader.body(), body);
    EXPECT_EQ(reader.status(), status);
  }
}

void ExpectRefused(std::string_view text, State expected = State::kMalformed) {
  for (const std::size_t step : {std::size_t{1}, text.size()}) {
    ResponseReader reader(kMaxBody);
    EXPECT_EQ(Read(&reader, text, step), expected) << text;
    EXPECT_FALSE(reader.defect().empty());
  }
}

TEST(ResponseReader, BodyByLength) {
  ExpectBody("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello");
  ExpectBody("HTTP/1.0 200\r\ncontent-length:0\r\n\r\n", "");
}

TEST(ResponseReader, BodyByChunks) {
  ExpectBody("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", "hello");
  ExpectBody("HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello");
  ExpectBody("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi");
  ExpectBody("HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 2\r\n\r\nhi", "hi");
  ExpectBody("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
             "0123456789");
}

TEST(ResponseReader, BodyToTheEnd) { ExpectBody("HTTP/1.1 200 OK\r\n\r\nhello", "hello"); }

TEST(ResponseReader, NoBody) {
  ExpectBody("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 304);
  ExpectBody("HTTP/1.1 204 No Content\r\n\r\n", "", 204);
}

TEST(ResponseReader, InterimResponsesArePassedOver) {
  ExpectBody(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nETag: \"no\"\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: "
      "1\r\n\r\nx",
      "x", 404);
  ResponseReader reader(kMaxBody);
  Read(&reader, "HTTP/1.1 103 E\r\nETag: \"no\"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 5);
  EXPECT_EQ(reader.Field("etag"), nullptr);
}

TEST(ResponseReader, FieldsByLowerCaseNameAndJoined) {
  ResponseReader reader(kMaxBody);
  Read(&reader, "HTTP/1.1 200 OK\r\nCache-Control:  max-age=1\t\r\nCACHE-CONTROL: public\r\nContent-Length: 0\r\n\r\n",
       9);
  ASSERT_NE(reader.Field("cache-control"), nullptr);
  EXPECT_EQ(*reader.Field("cache-control"), "max-age=1, public");
}

TEST(ResponseReader, RefusesMalformedHeads) {
  for (const char* text : {
           "",
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 2000 OK\r\n\r\n",
           "HTTP/1.1 600 OK\r\n\r\n",
           "HTTP/1.1  200\r\n\r\n",
           "http/1.1 200 OK\r\n\r\n",
           "HTTP/1.1 +20 OK\r\n\r\n",
           "HTTP/1.1 101 Switching\r\n\r\n",
           "SSH-2.0-OpenSSH\r\n\r\n",
           "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA : x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: x\r\n folded\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: x\ny: z\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
           "HTTP/1.1 200 OK\n\n",
           "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx",
       }) {
    ExpectRefused(text);
  }
}

TEST(ResponseReader, RefusesAmbiguousBodies) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const char* rest : {
           "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
           "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
           "Content-Length: 5, 5\r\n\r\nhello",
           "Content-Length: -1\r\n\r\n",
           "Content-Length: +5\r\n\r\nhello",
           "Content-Length: 0x5\r\n\r\nhello",
           "Content-Length: \r\n\r\n",
           "Content-Length: 99999999999999999999999\r\n\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "Transfer-Encoding: identity\r\n\r\n",
           "Content-Length: 6\r\n\r\nhello",
           "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
           "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
           "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
           "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
       }) {
    ExpectRefused(head + rest);
  }
}

TEST(ResponseReader, ALargeBodyIsRefusedAsSoonAsItIsKnown) {
  ExpectRefused("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", State::kTooLarge);
  ExpectRefused("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), State::kTooLarge);
  ExpectRefused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", State::kTooLarge);
  ExpectRefused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x') + "\r\n1\r\nx",
                State::kTooLarge);
  ExpectBody("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'), std::string(100, 'x'));
}

TEST(ResponseReader, EndlessHeadsChunkLinesAndTrailersAreCut) {
  ExpectRefused(std::string(ResponseReader::kMaxHeadBytes + 1, 'x'));
  ExpectRefused("HTTP/1.1 200 OK\r\nA: " + std::string(ResponseReader::kMaxHeadBytes, 'x') + "\r\n\r\n");
  std::string interim;
  while (interim.size() <= ResponseReader::kMaxHeadBytes) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  ExpectRefused(interim);
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  ExpectRefused(chunked + "1;" + std::string(300, 'x'));
  ExpectRefused(chunked + "0\r\n" + std::string(9000, 'x'));
  std::string trailers;
  while (trailers.size() < 20000) trailers += "a: b\r\n";
  ExpectRefused(chunked + "0\r\n" + trailers);
}

}  // namespace
}  // namespace assay::http1
