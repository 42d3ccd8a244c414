namespace DrmHub.Sandbox.LicenseServices.Faults;

/// <summary>Faults that were ordered over the control route, each for one service or for all, for a number of answers or until cleared.</summary>
internal sealed class FaultPlan
{
    private const int MaxOrders = 64;

    private readonly Lock _gate = new();
    private readonly List<Order> _orders = [];

    /// <returns>False where there are too many orders already.</returns>
    public bool Add(string? service, string text, Fault fault, int? count)
    {
        lock (_gate)
        {
            if (_orders.Count == MaxOrders) return false;
            _orders.Add(new Order(service, text, fault, count));
            return true;
        }
    }

    public void Clear()
    {
        lock (_gate) _orders.Clear();
    }

    public IReadOnlyList<FaultOrder> List()
    {
        lock (_gate) return [.. _orders.Select(order => new FaultOrder(order.Service, order.Text, order.Left))];
    }

    /// <summary>The fault of the oldest order for this service, which it uses up by one.</summary>
    public Fault Next(string service)
    {
        lock (_gate)
        {
            var order = _orders.FirstOrDefault(item => item.Service is null || item.Service == service);
            if (order is null) return Fault.None;
            if (--order.Left == 0) _orders.Remove(order);
            return order.Fault;
        }
    }

    private sealed class Order(string? service, string text, Fault fault, int? left)
    {
        public string? Service => service;

        public string Text => text;

        public Fault Fault => fault;

        public int? Left { get; set; } = left;
    }
}

/// <summary>One order, as the control route reads and writes it.</summary>
/// <param name="Service"><c>widevine</c>, <c>playready</c>, <c>fairplay</c>; null for all.</param>
/// <param name="Fault">Words as in <see cref="LicenseServices.Faults.Fault"/>.</param>
/// <param name="Count">For how many answers; null until cleared.</param>
internal sealed record FaultOrder(string? Service, string Fault, int? Count);
