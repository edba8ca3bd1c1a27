import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { grpcServiceDefinition } from './grpc-service.ts';
import * as tempopb from './gen/tempopb/tempo_pb.ts';

describe('grpcServiceDefinition', () => {
  it('names every method by its full path and says which side streams', () => {
    const definition = grpcServiceDefinition(tempopb.StreamingQuerier);
    expect(Object.keys(definition)).toEqual([
      'search',
      'searchTags',
      'searchTagsV2',
      'searchTagValues',
      'searchTagValuesV2',
      'metricsQueryRange',
      'metricsQueryInstant',
    ]);
    expect(definition['search']).toMatchObject({
      path: '/tempopb.StreamingQuerier/Search',
      requestStream: false,
      responseStream: true,
    });
  });

  it('reads what it writes', () => {
    const search = grpcServiceDefinition(tempopb.StreamingQuerier)['search']!;
    const request = create(tempopb.SearchRequestSchema, { Query: '{ }', Limit: 3 });
    expect(search.requestDeserialize(search.requestSerialize(request as never))).toEqual(request);
  });
});
