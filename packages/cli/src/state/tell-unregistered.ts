/** What the library says of classes that only the app knows, without what a program should do about it. */
export function tellUnregistered(sentences: readonly string[]): string[] {
  return sentences.map((sentence) => sentence.replace(/ Call register\w+ before start\(\)\.$/, ''));
}
